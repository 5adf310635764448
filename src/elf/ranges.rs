//! Ranges of a file's bytes, each from its first byte up to the one behind its last.

/// From, up to.
pub type ByteRange = (u64, u64);

/// The same bytes in order: ranges that touch are one, and none is empty.
pub fn merge(mut ranges: Vec<ByteRange>) -> Vec<ByteRange> {
    ranges.retain(|(from, to)| from < to);
    ranges.sort_unstable();
    let mut merged: Vec<ByteRange> = Vec::new();
    for (from, to) in ranges {
        match merged.last_mut() {
            Some(last) if from <= last.1 => last.1 = last.1.max(to),
            _ => merged.push((from, to)),
        }
    }
    merged
}

/// What of the first ranges the second ones leave; both are merged.
pub fn without(ranges: &[ByteRange], taken: &[ByteRange]) -> Vec<ByteRange> {
    let mut left = Vec::new();
    let mut taken = taken.iter().copied().peekable();
    for &(mut from, to) in ranges {
        while let Some((start, end)) = taken.peek().copied() {
            if start >= to {
                break;
            }
            if start > from {
                left.push((from, start));
            }
            from = from.max(end);
            if end > to {
                break;
            }
            taken.next();
        }
        if from < to {
            left.push((from, to));
        }
    }
    left
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_merged_and_taken_from_each_other() {
        assert_eq!(merge(vec![(5, 7), (1, 3), (3, 4), (6, 9), (2, 2)]), [(1, 4), (5, 9)]);
        for (ranges, taken, expected) in [
            (vec![(0, 10)], vec![], vec![(0, 10)]),
            (vec![(0, 10)], vec![(0, 10)], vec![]),
            (vec![(0, 10)], vec![(2, 3), (5, 20)], vec![(0, 2), (3, 5)]),
            (vec![(0, 4), (6, 10)], vec![(3, 7)], vec![(0, 3), (7, 10)]),
            (vec![(4, 6)], vec![(0, 2), (8, 9)], vec![(4, 6)]),
            (vec![(0, 4), (6, 10), (12, 14)], vec![(1, 13)], vec![(0, 1), (13, 14)]),
        ] {
            assert_eq!(without(&ranges, &taken), expected, "{ranges:?} {taken:?}");
        }
    }
}

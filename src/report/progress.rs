//! What is said while the work goes on: on a terminal the step that takes long, with `-v` each step's time.

use super::say::say;
use super::words::size;
use pack::events::Progress;
use std::io::Write;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// A step that takes less time than this is not drawn.
const PATIENCE: Duration = Duration::from_millis(500);

/// Tells of steps.
#[derive(Debug)]
pub struct ProgressLine {
    state: Mutex<State>,
    watched: bool,
    timed: bool,
}

#[derive(Debug, Default)]
struct State {
    step: Option<(String, Instant)>,
    bytes: u64,
    line: Option<(Sender<String>, JoinHandle<()>)>,
}

impl ProgressLine {
    /// `watched`: there is a terminal to draw on; `timed`: each step's time is told.
    pub fn new(watched: bool, timed: bool) -> Self {
        Self { state: Mutex::default(), watched, timed }
    }

    /// The last step is done; the line is wiped.
    pub fn end(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.finish(&mut state);
        if let Some((sender, thread)) = state.line.take() {
            drop(sender);
            // The thread only draws: a failure of it does not matter.
            let _ = thread.join();
        }
    }

    fn finish(&self, state: &mut State) {
        if let Some((name, since)) = state.step.take()
            && self.timed
        {
            let text = told(&name, since.elapsed(), state.bytes);
            say(text.as_bytes());
        }
        state.bytes = 0;
    }
}

impl Progress for ProgressLine {
    fn step(&self, name: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        self.finish(&mut state);
        state.step = Some((name.to_owned(), Instant::now()));
        if self.watched {
            let (sender, _) = state.line.get_or_insert_with(|| {
                let (sender, receiver) = channel();
                (sender, std::thread::spawn(move || draw(&receiver)))
            });
            // The drawer lives as long as its sender.
            let _ = sender.send(name.to_owned());
        }
    }

    fn bytes(&self, bytes: u64) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).bytes += bytes;
    }
}

/// `   20.0 ms  writing the layers: 19 MB, 950 MB/s`.
fn told(name: &str, time: Duration, bytes: u64) -> String {
    let step = format!("  {:>7.1} ms  {name}", time.as_secs_f64() * 1000.0);
    if bytes == 0 {
        return step + "\n";
    }
    let a_second = u128::from(bytes) * 1_000_000_000 / time.as_nanos().max(1);
    format!("{step}: {}, {}/s\n", size(bytes), size(u64::try_from(a_second).unwrap_or(u64::MAX)))
}

/// Draws the name of a step that lasts, and wipes the name when the step is over.
fn draw(steps: &Receiver<String>) {
    let (mut name, mut drawn) = (None, false);
    loop {
        match steps.recv_timeout(PATIENCE) {
            Ok(next) => name = Some(next),
            Err(RecvTimeoutError::Timeout) => {
                if let Some(name) = name.take() {
                    line(&format!("\r\x1b[K  {name} …"));
                    drawn = true;
                }
            }
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    if drawn {
        line("\r\x1b[K");
    }
}

fn line(text: &str) {
    let mut out = std::io::stderr().lock();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_tells_its_time_and_how_many_bytes_it_did_in_a_second() {
        let time = Duration::from_millis(20);
        assert_eq!(told("reading", time, 0), "     20.0 ms  reading\n");
        assert_eq!(told("writing", time, 19_000_000), "     20.0 ms  writing: 19 MB, 950 MB/s\n");
        assert!(told("nothing", Duration::ZERO, u64::MAX).contains("ms  nothing: "));
    }
}

//! Go's build information, as linkers of all ages write it.

use super::image::{BE32, BE64, ElfImage, LE32, LE64};
use super::writer::ElfWriter;
use crate::elf::{inspect, read};

/// What Go's linker puts around the list of modules.
fn framed(modules: &str) -> Vec<u8> {
    [&[b'<'; 16], modules.as_bytes(), &[b'>'; 16]].concat()
}

const MODULES: &str = "path\texample.com/cmd/hello\nmod\texample.com/hello\tv1.2.3\th1:x=\n\
    dep\tgolang.org/x/text\tv0.3.0\th1:y=\ndep\texample.com/old\tv0.0.1\n=>\texample.com/new\tv0.0.2\th1:z=\n\
    build\tCGO_ENABLED=0\nbuild\t-ldflags=\"-s \\\"-w\\\" \\u00e9\"\nbuild\tGOARM=6\n\
    build\tvcs.time=2022-03-16T12:00:01Z\n";

/// The information as Go writes it since 1.18.
fn inline(version: &str, modules: &[u8]) -> Vec<u8> {
    let mut bytes = b"\xff Go buildinf:\x08\x02".to_vec();
    bytes.extend([0; 16]);
    for part in [version.as_bytes(), modules] {
        let mut length = part.len();
        while length >= 0x80 {
            bytes.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
            length >>= 7;
        }
        bytes.push(u8::try_from(length).unwrap());
        bytes.extend(part);
    }
    bytes
}

#[test]
fn gos_build_information_is_read_with_and_without_sections() {
    let information = inline("go1.24.4 X:nodwarf5", &framed(MODULES));
    // A mark that is on no boundary of 16 bytes is a constant of a program that reads such information.
    let constant = [&[0; 8], &b"\xff Go buildinf:"[..], &[0; 26]].concat();
    let by_segment = ElfImage { data: [&constant[..], &information].concat(), ..ElfImage::default() };
    let sections = vec![(".data", 1, 3, constant), (".go.buildinfo", 1, 3, information)];
    let by_section = ElfImage { sections, ..ElfImage::default() };
    for image in [by_segment, by_section] {
        let toolchain = inspect(&image.build()).unwrap().toolchain;

        let pair = |a: &str, b: &str| (a.to_owned(), b.to_owned());
        assert_eq!(toolchain.name.as_deref(), Some("Go 1.24.4"));
        let go = toolchain.go.unwrap();
        assert_eq!(go.version, "go1.24.4 X:nodwarf5");
        assert_eq!(go.path.as_deref(), Some("example.com/cmd/hello"));
        assert_eq!(go.module, Some(pair("example.com/hello", "v1.2.3")));
        assert_eq!(go.dependencies, [pair("golang.org/x/text", "v0.3.0"), pair("example.com/new", "v0.0.2")]);
        assert_eq!(go.setting("CGO_ENABLED"), Some("0"));
        assert_eq!(go.setting("-ldflags"), Some("-s \"-w\" é"));
        assert_eq!(go.commit_time, Some(1_647_432_001));
    }
}

#[test]
fn gos_build_information_before_1_18_is_behind_pointers() {
    for format in [LE64, BE64, LE32, BE32] {
        let modules = framed(MODULES);
        let (version, size) = (b"go1.17.5", format.word_size());
        // The information, two strings' heads, and what they point to, all at the beginning of the data.
        let place = |image: &ElfImage| read(&image.build()).unwrap().segments[1].address;
        let mut image = ElfImage { data: vec![0; 32], ..ElfImage::new(format) };
        let start = place(&image);
        let (heads, text) = (start + 32, start + 32 + 4 * size as u64);
        let mut writer = ElfWriter::new(format);
        writer.bytes.extend(b"\xff Go buildinf:");
        writer.bytes.extend([u8::try_from(size).unwrap(), u8::from(format.big_endian)]);
        writer.word(heads);
        writer.word(heads + 2 * size as u64);
        writer.bytes.resize(32, 0);
        for (address, length) in [(text, version.len()), (text + version.len() as u64, modules.len())] {
            writer.word(address);
            writer.word(length as u64);
        }
        image.data = [&writer.bytes, &version[..], &modules].concat();

        let go = inspect(&image.build()).unwrap().toolchain.go.unwrap();

        assert_eq!(go.version, "go1.17.5");
        assert_eq!(go.module.unwrap().0, "example.com/hello");
    }
}

#[test]
fn gos_setting_decides_the_variant_of_arm() {
    let data = inline("go1.19", &framed(MODULES));
    let image = ElfImage { machine: 40, flags: 0x0500_0400, data, ..ElfImage::new(LE32) };
    assert_eq!(inspect(&image.build()).unwrap().platform.unwrap().to_string(), "linux/arm/v6");
}

#[test]
fn damaged_build_information_is_none() {
    let whole = inline("go1.20", &framed("path\tx\n"));
    let mut huge = whole[..32].to_vec();
    huge.extend([0xff, 0xff, 0xff, 0xff, 0x7f]);
    for data in [huge, whole[..20].to_vec(), whole[..36].to_vec(), [&whole[..32], &[0xff; 20]].concat()] {
        let toolchain = inspect(&ElfImage { data, ..ElfImage::default() }.build()).unwrap().toolchain;
        assert_eq!(toolchain.go, None);
    }
}

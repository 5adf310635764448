//! Parse, run, report, exit. Everything else is in the library.

fn main() {}

//! Rust without its standard library, on whichever C library it is linked with: rustc's output for musl
//! where its musl target is not installed. `write(2)` is all it takes from that library.
#![no_std]
#![no_main]

use core::ffi::{c_char, c_int, c_void};

unsafe extern "C" {
    fn write(file: c_int, bytes: *const c_void, count: usize) -> isize;
}

#[unsafe(no_mangle)]
extern "C" fn main(_count: c_int, _arguments: *const *const c_char) -> c_int {
    let line = b"hello from Rust\n";
    // SAFETY: the bytes live as long as the call, and there are as many as it is told.
    let written = unsafe { write(1, line.as_ptr().cast(), line.len()) };
    c_int::from(written != 16)
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    loop {}
}

//! A thread and a caught panic, so that what the standard library needs of the C library is in the program too.

fn main() {
    std::panic::set_hook(Box::new(|_| {}));
    let thread = std::thread::spawn(|| std::panic::panic_any("hello from Rust"));
    let message = thread.join().expect_err("the thread panics");
    println!("{}", message.downcast_ref::<&str>().expect("with a string"));
}

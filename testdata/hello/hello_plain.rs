//! As little as a Rust program does.

fn main() {
    println!("hello from Rust");
}

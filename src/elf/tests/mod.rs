//! Tests of the readers on files made by hand: what compilers here do not make, and what no compiler makes.

mod golang;
mod hostile;
mod image;
mod kinds;
mod marks;
mod read;
mod writer;

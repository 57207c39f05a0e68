//! The program `archive-job`.

fn main() {}

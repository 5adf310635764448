//! The README, run.

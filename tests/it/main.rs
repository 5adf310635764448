//! The whole program, judged by witnesses that are not our code: engines, compilers, `tar`, Python, the kernel.
//!
//! A test that lacks a tool says that it was skipped; with PACK_TEST_ALL=1, as in CI, it fails.

mod additions;
mod battery;
mod beside;
mod cache;
mod certificates;
mod classes;
mod command;
mod compression;
mod conflicts;
mod contents;
mod corpus;
mod debian;
mod dlopen;
mod documents;
mod dynamic;
mod evidence;
mod explain;
mod faults;
mod house;
mod images;
mod inside_root;
mod kinds;
mod ladder;
mod large;
mod loader;
mod machines;
mod order;
mod overlays;
mod packages;
mod pythons;
mod readme;
mod rights;
mod rules;
mod sameness;
mod services;
mod static_programs;
mod strip;
mod suites;
mod support;
mod told;
mod traces;
mod upx;
mod web_server;
mod words;

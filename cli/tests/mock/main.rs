//! `hscb mock`, the real binary, over raw TCP. No test sleeps to be right: what takes time is polled until a
//! deadline that only a broken build reaches.

mod control;
mod phases;
mod requests;
mod scripts;
mod streams;
mod support;

//! Shared segments on platforms without them: each is refused by name.

use super::berth::Berth;
use super::crew::Member;
use super::info::SegmentInfo;
use super::place::Place;
use crate::config::Config;
use crate::error::{Error, ErrorKind, Result};
use crate::layout::{Beside, Events, Kind};
use std::path::{Path, PathBuf};
use std::ptr::NonNull;
use std::sync::Arc;

/// No value of this type exists.
pub(crate) enum Shared {}

/// What opening a segment asks of its file.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) folder: Option<std::path::PathBuf>,
    pub(super) capacity: u32,
    pub(super) stripes: u32,
    pub(super) mode: u32,
    pub(super) create: bool,
    pub(super) writable: bool,
    pub(super) patience: std::time::Duration,
}

pub(super) fn folder_of_environment() -> Option<std::path::PathBuf> {
    None
}

impl Shared {
    pub(super) fn folder() -> PathBuf {
        PathBuf::new()
    }

    pub(super) fn list() -> Result<Vec<SegmentInfo>> {
        Err(Error::new(ErrorKind::Unsupported, "this platform has no shared segments yet"))
    }

    pub(super) fn open(name: &str, _wanted: &Wanted) -> Result<Arc<Self>> {
        let message = format!("segment {name:?} cannot be shared: this platform has no shared segments yet");
        Err(Error::new(ErrorKind::Unsupported, message))
    }

    pub(super) fn events(&self) -> NonNull<Events> {
        match *self {}
    }

    pub(super) fn path(&self) -> &Path {
        match *self {}
    }

    pub(super) fn processes(&self) -> Option<usize> {
        match *self {}
    }

    pub(super) fn is_stale(&self, _closely: bool) -> bool {
        match *self {}
    }

    pub(super) fn place(self: &Arc<Self>, _name: &str, _config: Option<&Config>) -> Result<Place> {
        match **self {}
    }

    pub(super) fn find(self: &Arc<Self>, _name: &str) -> Option<Place> {
        match **self {}
    }

    #[cfg(feature = "ffi")]
    pub(super) fn name_from(&self, _kind: Kind, _from: u32) -> Option<(String, u32)> {
        match *self {}
    }

    pub(super) fn names(&self, _kind: Kind) -> Vec<String> {
        match *self {}
    }

    pub(super) fn berth<T: Beside>(
        self: &Arc<Self>,
        _name: &str,
        _config: Option<T::Config>,
    ) -> Result<Berth<T>> {
        match **self {}
    }

    pub(super) fn find_berth<T: Beside>(self: &Arc<Self>, _name: &str) -> Option<Berth<T>> {
        match **self {}
    }

    pub(super) fn member(&self) -> Member {
        match *self {}
    }

    pub(super) fn gone(&self, _members: &[Member]) -> Vec<Member> {
        match *self {}
    }
}

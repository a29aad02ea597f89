//! One metric of many breakers.

use super::scrape::OfBreaker;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, EncodeLabelSet, MetricEncoder, NoLabelSet,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Unit;
use std::fmt;

/// Writes the families, one after another.
pub(super) struct Families<'a>(pub(super) DescriptorEncoder<'a>);

/// Writes the samples of a family.
pub(super) struct Family<'a>(MetricEncoder<'a>);

impl Families<'_> {
    /// A count that only grows; its samples' names end in `_total`.
    pub(super) fn counter<'s>(&'s mut self, name: &'s str, help: &str) -> Result<Family<'s>, fmt::Error> {
        self.begin(name, help, None, MetricType::Counter)
    }

    /// What goes up and down.
    pub(super) fn gauge<'s>(&'s mut self, name: &'s str, help: &str) -> Result<Family<'s>, fmt::Error> {
        self.begin(name, help, None, MetricType::Gauge)
    }

    /// What goes up and down, in s; its name ends so.
    pub(super) fn seconds<'s>(&'s mut self, name: &'s str, help: &str) -> Result<Family<'s>, fmt::Error> {
        self.begin(name, help, Some(&Unit::Seconds), MetricType::Gauge)
    }

    /// What does not change, as labels; its samples' names end in `_info`.
    pub(super) fn info<'s>(&'s mut self, name: &'s str, help: &str) -> Result<Family<'s>, fmt::Error> {
        self.begin(name, help, None, MetricType::Info)
    }

    /// How long things took, in s; its name ends so.
    pub(super) fn histogram<'s>(&'s mut self, name: &'s str, help: &str) -> Result<Family<'s>, fmt::Error> {
        self.begin(name, help, Some(&Unit::Seconds), MetricType::Histogram)
    }

    fn begin<'s>(
        &'s mut self,
        name: &'s str,
        help: &str,
        unit: Option<&'s Unit>,
        kind: MetricType,
    ) -> Result<Family<'s>, fmt::Error> {
        Ok(Family(self.0.encode_descriptor(name, help, unit, kind)?))
    }
}

impl Family<'_> {
    /// A sample of a counter.
    pub(super) fn count(
        &mut self,
        labels: &impl EncodeLabelSet,
        count: impl EncodeCounterValue,
    ) -> fmt::Result {
        self.0.encode_family(labels)?.encode_counter::<NoLabelSet, _, f64>(&count, None)
    }

    /// A sample of a gauge.
    pub(super) fn level(
        &mut self,
        labels: &impl EncodeLabelSet,
        level: impl EncodeGaugeValue,
    ) -> fmt::Result {
        self.0.encode_family(labels)?.encode_gauge(&level)
    }

    /// Labels alone.
    pub(super) fn facts(&mut self, labels: &impl EncodeLabelSet) -> fmt::Result {
        self.0.encode_info(labels)
    }

    /// The samples of a histogram: about the sum, how many, and where each bucket ends and how many are in it alone.
    pub(super) fn spread(
        &mut self,
        labels: &impl EncodeLabelSet,
        (sum, count): (f64, u64),
        buckets: &[(f64, u64)],
    ) -> fmt::Result {
        self.0.encode_family(labels)?.encode_histogram::<NoLabelSet>(sum, count, buckets, None)
    }
}

impl OfBreaker {
    /// What says which breaker it is.
    pub(super) fn labels(&self) -> [(&str, &str); 2] {
        [("segment", &self.segment), ("name", &self.name)]
    }

    /// The same, and one more.
    pub(super) fn labels_and<'a>(&'a self, key: &'a str, value: &'a str) -> [(&'a str, &'a str); 3] {
        [("segment", &self.segment), ("name", &self.name), (key, value)]
    }
}

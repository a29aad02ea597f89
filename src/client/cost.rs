//! What calls cost: prices in, tokens in, USD out; and totals.

use super::table::Price;
use parking_lot::Mutex;
use serde_json::Value;
use std::collections::BTreeMap;

/// Tokens of one call, as the service counts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Tokens of the request.
    pub input: u64,
    /// Tokens of the answer.
    pub output: u64,
}

impl Usage {
    /// From the `usage` of an answer or of a piece of a stream, under the names that OpenAI, Anthropic and Google have.
    pub(super) fn of(json: &Value) -> Option<Self> {
        let inner = json.get("usage").or_else(|| json.get("usageMetadata"));
        let inner = inner.or_else(|| json.get("message")?.get("usage"));
        let usage = inner.or_else(|| json.get("response")?.get("usage")).filter(|usage| usage.is_object())?;
        let number = |names: &[&str]| names.iter().find_map(|name| usage.get(*name)?.as_u64());
        let input = number(&["prompt_tokens", "input_tokens", "promptTokenCount"]);
        let output = number(&["completion_tokens", "output_tokens", "candidatesTokenCount"]);
        (input.is_some() || output.is_some())
            .then(|| Self { input: input.unwrap_or(0), output: output.unwrap_or(0) })
    }

    /// A stream tells of it in several pieces, each of which may know more.
    pub(super) fn most(self, other: Self) -> Self {
        Self { input: self.input.max(other.input), output: self.output.max(other.output) }
    }

    /// Both.
    #[must_use]
    pub fn total(self) -> u64 {
        self.input.saturating_add(self.output)
    }
}

impl Price {
    pub(super) fn of(self, usage: Usage) -> f64 {
        (self.input * usage.input as f64 + self.output * usage.output as f64) / 1e6
    }
}

/// What calls of one model at one route came to.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[non_exhaustive]
pub struct Spent {
    /// Calls that were answered.
    pub calls: u64,
    /// Their tokens.
    pub usage: Usage,
    /// What they cost; 0 where the model has no price.
    pub usd: f64,
    /// Calls that were meant for another model.
    pub fallbacks: u64,
    /// What the fallbacks saved against the price of the models that were meant; negative where they cost more.
    pub saved_usd: f64,
}

/// Totals by route and model.
#[derive(Default)]
pub(super) struct Ledger {
    spent: Mutex<BTreeMap<(String, String), Spent>>,
}

/// An answer as the ledger sees it.
pub(super) struct Entry<'a> {
    pub(super) route: &'a str,
    pub(super) model: &'a str,
    /// The model that was asked for.
    pub(super) meant: &'a str,
    /// `None` if the service has not said.
    pub(super) usage: Option<Usage>,
}

impl Ledger {
    /// Books an answer; what it cost, `None` where the model has no price or the service told no usage.
    pub(super) fn book(&self, entry: &Entry<'_>, prices: &BTreeMap<String, Price>) -> Option<f64> {
        let price = |model| Some(prices.get(model)?.of(entry.usage?));
        let (usd, meant) = (price(entry.model), price(entry.meant));
        let usage = entry.usage.unwrap_or_default();
        let mut spent = self.spent.lock();
        let total = spent.entry((entry.route.to_owned(), entry.model.to_owned())).or_default();
        total.calls += 1;
        total.usage.input = total.usage.input.saturating_add(usage.input);
        total.usage.output = total.usage.output.saturating_add(usage.output);
        total.usd += usd.unwrap_or(0.0);
        if entry.meant != entry.model {
            total.fallbacks += 1;
            total.saved_usd += meant.zip(usd).map_or(0.0, |(meant, usd)| meant - usd);
        }
        usd
    }

    /// All of it.
    pub(super) fn usd(&self) -> f64 {
        self.spent.lock().values().map(|spent| spent.usd).sum()
    }

    /// By route and model.
    pub(super) fn all(&self) -> BTreeMap<(String, String), Spent> {
        self.spent.lock().clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tokens_under_every_name() {
        let usage = |input, output| Some(Usage { input, output });
        assert_eq!(Usage::of(&json!({"usage": {"prompt_tokens": 3, "completion_tokens": 5}})), usage(3, 5));
        assert_eq!(Usage::of(&json!({"usage": {"input_tokens": 3, "output_tokens": 5}})), usage(3, 5));
        let google = json!({"usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 5}});
        assert_eq!(Usage::of(&google), usage(3, 5));
        assert_eq!(Usage::of(&json!({"message": {"usage": {"input_tokens": 3}}})), usage(3, 0));
        assert_eq!(Usage::of(&json!({"usage": {"prompt_tokens": 3, "total_tokens": 3}})), usage(3, 0));
        for none in [json!({}), json!({"usage": null}), json!({"usage": {"prompt_tokens": -1}}), json!([1])] {
            assert_eq!(Usage::of(&none), None);
        }
    }

    #[test]
    fn prices_are_per_million_and_fallbacks_are_booked_where_they_ran() {
        let price = |input, output| Price { input, output };
        let prices =
            BTreeMap::from([("big".to_owned(), price(2.0, 8.0)), ("small".to_owned(), price(0.1, 0.42))]);
        let ledger = Ledger::default();
        let usage = Usage { input: 1_000_000, output: 500_000 };
        let book =
            |model, meant| ledger.book(&Entry { route: "relay", model, meant, usage: Some(usage) }, &prices);
        assert_eq!(book("big", "big"), Some(6.0));
        let small = book("small", "big").unwrap();
        assert!((small - 0.31).abs() < 1e-9, "{small}");
        assert_eq!(book("other", "other"), None);
        let all = ledger.all();
        let of = |model: &str| all[&("relay".to_owned(), model.to_owned())];
        assert!((of("small").saved_usd - 5.69).abs() < 1e-9 && of("small").fallbacks == 1);
        assert_eq!((of("big").usd, of("big").fallbacks, of("other").calls), (6.0, 0, 1));
        assert!((ledger.usd() - 6.31).abs() < 1e-9);
    }
}

//! Settings of the table, each with its default.

use serde::Deserialize;

macro_rules! settings {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty = $default:expr,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub(super) struct $name { $($(#[$field_doc])* pub(super) $field: $type,)* }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $default,)* }
            }
        }
    };
}

settings! {
    /// How long things may take, in ms.
    TimeLimits {
        connect_ms: u64 = 5_000,
        first_byte_ms: u64 = 60_000,
        chunk_ms: u64 = 30_000,
        total_ms: u64 = 120_000,
        /// How long a call waits for a route where all refuse at present.
        route_wait_ms: u64 = 5_000,
    }
}

settings! {
    /// How a call is tried again.
    Retry {
        max: u32 = 5,
        base_ms: u64 = 1_000,
        cap_ms: u64 = 60_000,
        jitter: f64 = 0.3,
        /// Retries that every call brings to the budget, as a share.
        budget_ratio: f64 = 0.2,
        /// Retries a minute that are always to be had.
        budget_per_minute: u32 = 60,
    }
}

settings! {
    /// What answers are kept.
    CacheSpec {
        max_entries: u64 = 0,
        /// What they may take in memory, about.
        max_bytes: u64 = 64 << 20,
        ttl_ms: u64 = 300_000,
        /// How long an answer may stand in where all fails.
        stale_ms: u64 = 86_400_000,
    }
}

settings! {
    /// How endpoints are looked after.
    Health {
        interval_ms: u64 = 10_000,
        path: String = "/models".to_owned(),
        timeout_ms: u64 = 5_000,
    }
}

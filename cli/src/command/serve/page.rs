//! The dashboard: its files are part of this binary, and it loads nothing from elsewhere.

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;

/// What the page may do: what it needs from itself, and nothing else. The charts set styles from their script, which this
/// allows; there is none in the HTML.
pub(super) const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
    connect-src 'self'; font-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const IMAGE: &str = "image/svg+xml";
const TEXT: &str = "text/plain; charset=utf-8";

/// A path, what lies there, and of which type it is.
type Asset = (&'static str, &'static str, &'static str);

/// The files of `page/`, each under its name.
macro_rules! assets {
    ($($kind:ident: $($name:literal)*;)*) => {
        &[$($((concat!("/assets/", $name), include_str!(concat!("page/", $name)), $kind),)*)*]
    };
}

const ASSETS: &[Asset] = assets! {
    SCRIPT: "announce.js" "api.js" "cell.js" "charts.js" "detail.js" "dom.js" "facts.js" "filters.js" "fleet.js" "format.js" "grid.js"
        "help.js" "live.js" "log.js" "main.js" "model.js" "notices.js" "operate.js" "spark.js" "states.js" "theme.js"
        "uplot.js";
    STYLE: "cell.css" "detail.css" "style.css" "uplot.css";
    IMAGE: "icon.svg";
    TEXT: "uplot.LICENSE";
};

/// `/` and `/assets/`.
pub(super) fn routes<S>() -> Router<S>
where
    S: Clone + Send + Sync + 'static,
{
    let page: Asset = ("/", include_str!("page/index.html"), HTML);
    ASSETS.iter().copied().chain([page]).fold(Router::new(), |router, (path, content, kind)| {
        router.route(path, get(move || async move { ([(CONTENT_TYPE, kind)], content) }))
    })
}

#[cfg(test)]
mod tests {
    use super::ASSETS;

    #[test]
    fn every_file_of_the_page_is_in_the_binary() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/command/serve/page");
        let mut there: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|file| file.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "index.html" && name != "README.md")
            .map(|name| format!("/assets/{name}"))
            .collect();
        there.sort();
        let mut known: Vec<_> = ASSETS.iter().map(|asset| asset.0.to_owned()).collect();
        known.sort();
        assert_eq!(there, known);
    }

    #[test]
    fn nothing_is_loaded_from_elsewhere() {
        let page = include_str!("page/index.html");
        for (name, content) in ASSETS.iter().map(|asset| (asset.0, asset.1)).chain([("/", page)]) {
            for marker in ["src=\"http", "href=\"http", "url(http", "innerHTML", "style=\"", "@import"] {
                let is_ours = name != "/assets/uplot.js";
                assert!(!is_ours || !content.contains(marker), "{name} has {marker}");
            }
        }
    }
}

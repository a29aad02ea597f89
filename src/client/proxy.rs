//! Connections over a proxy: what of them is the proxy's own matter.

use super::watch::here;
use ureq::Error;
use ureq::unversioned::transport::{ConnectProxyConnector, ConnectionDetails, Connector, Transport};

/// Has the proxy of the environment make a tunnel, and the watch know of the proxy for as long as there is none: what fails
/// meanwhile failed at the proxy.
#[derive(Debug, Default)]
pub(super) struct OverProxy(ConnectProxyConnector);

impl<In: Transport> Connector<In> for OverProxy {
    type Out = <ConnectProxyConnector as Connector<In>>::Out;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        // The connection to the proxy itself is made by these same connectors, without one.
        let proxy = details.config.proxy().filter(|proxy| !proxy.is_no_proxy(details.uri));
        let Some(proxy) = proxy else { return self.0.connect(details, chained) };
        // Not its address as it was given: there are credentials in that.
        let name = format!("{}:{}", proxy.host(), proxy.port());
        here(|watch| watch.goes_over(Some(name)));
        if proxy.uri().scheme_str().is_some_and(|scheme| scheme.starts_with("socks")) {
            return Err(Error::ConnectProxyFailed(
                "it is a SOCKS proxy, but should be one of HTTP".to_owned(),
            ));
        }
        let tunnel = self.0.connect(details, chained)?;
        here(|watch| watch.goes_over(None));
        Ok(tunnel)
    }
}

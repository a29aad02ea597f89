//! What users of tower expect of a layer.

use crate::support::{Broken, Script, Step, always, breaker, call, calm, guard, recorded, response};
use ::http::{Request, Response};
use bytes::Bytes;
use holysheep_cb::tower::{CircuitBreaker, CircuitBreakerLayer, GuardedBody, service_unavailable};
use holysheep_cb::{Breaker, Config, ManualClock};
use http_body::Body;
use http_body_util::{BodyExt as _, Full};
use tower::util::{BoxCloneSyncService, BoxService};
use tower::{BoxError, Layer as _, Service, ServiceBuilder, ServiceExt as _};

fn is_clone_send_sync<T: Clone + Send + Sync + 'static>(_: &T) {}
fn is_send<T: Send + 'static>(_: &T) {}

/// A service whose every part is `Sync`, and whose error is a box, as that of most of tower's.
fn relay() -> impl Service<Request<()>, Response = Response<Full<Bytes>>, Error = BoxError, Future: Send>
+ Clone
+ Send
+ Sync
+ 'static {
    tower::service_fn(async |_| Ok::<_, BoxError>(Response::new(Full::new(Bytes::from("token")))))
}

#[tokio::test]
async fn layer_service_future_and_body_travel() {
    let (breaker, _) = calm();
    let layer = CircuitBreakerLayer::new(breaker.clone()).answer_rejected(service_unavailable);
    is_clone_send_sync(&layer);
    let mut service = layer.layer(relay());
    is_clone_send_sync(&service);
    let future = service.call(Request::new(()));
    is_send(&future);
    let response = tokio::spawn(future).await.unwrap().unwrap();
    is_send(&response);
    tokio::spawn(response.into_body().collect()).await.unwrap().unwrap();
    assert_eq!(recorded(&breaker), "1 success");
}

#[tokio::test]
async fn it_stands_among_other_layers_and_in_boxes() {
    let (breaker, _) = calm();
    let stack = ServiceBuilder::new()
        .map_response(|response: Response<GuardedBody<Full<Bytes>, ManualClock>>| {
            response.map(|body| body.boxed())
        })
        .map_err(holysheep_cb::CallError::into_boxed)
        .layer(CircuitBreakerLayer::new(breaker.clone()))
        .load_shed()
        .service(relay());
    let service = BoxCloneSyncService::new(stack);
    call(service.clone()).await.unwrap().into_body().collect().await.unwrap();
    call(BoxService::new(service)).await.unwrap().into_body().collect().await.unwrap();
    assert_eq!(recorded(&breaker), "2 success");
}

#[tokio::test]
async fn clones_and_layers_of_one_breaker_share_it() {
    let (breaker, _) = breaker(Config::new().failure_threshold(2));
    let layer = CircuitBreakerLayer::new(breaker.clone());
    let one = layer.layer(always(response(500, Script::default())));
    call(one.clone()).await.unwrap();
    call(one).await.unwrap();
    assert!(call(layer.layer(always(response(200, Script::default())))).await.is_err());
    assert_eq!(recorded(&breaker), "2 failure, 1 rejected");
}

/// Whatever the request is: the layer does not look at it.
#[tokio::test]
async fn any_request_will_do() {
    let (breaker, _) = calm();
    let inner = tower::service_fn(|path: &'static str| {
        std::future::ready(Ok::<_, Broken>(Response::new(Full::new(Bytes::from(path)))))
    });
    let response = guard(&breaker, inner).oneshot("/v1/models").await.unwrap();
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "/v1/models");
}

#[tokio::test]
async fn it_works_with_the_clock_of_the_host() {
    let segment = holysheep_cb::Segment::private();
    let breaker: Breaker = Breaker::builder().segment(&segment).open("relay").unwrap();
    let service: CircuitBreaker<_> = CircuitBreakerLayer::new(breaker.clone()).layer(relay());
    call(service.clone()).await.unwrap().into_body().collect().await.unwrap();
    drop(call(service).await.unwrap());
    assert_eq!(recorded(&breaker), "1 success, 1 ignored");
}

/// A body need not be `Unpin`, and its reader may move it to another task.
#[tokio::test]
async fn a_body_may_be_read_elsewhere() {
    let (breaker, _) = calm();
    let script = Script::chunked(&[Step::Data("to"), Step::Wait, Step::Data("ken")]);
    let body = call(guard(&breaker, always(response(200, script)))).await.unwrap().into_body();
    let boxed: std::pin::Pin<Box<dyn Body<Data = Bytes, Error = Broken> + Send>> = Box::pin(body);
    let collected = tokio::spawn(boxed.collect()).await.unwrap().unwrap();
    assert_eq!(collected.to_bytes(), "token");
    assert_eq!(recorded(&breaker), "1 success");
}

#[test]
fn all_of_it_shows_itself() {
    let (breaker, _) = calm();
    let mut service = guard(&breaker, "inner");
    assert_eq!((*service.get_ref(), service.breaker().name()), ("inner", "relay"));
    *service.get_mut() = "other";
    let shown = format!("{service:?}");
    assert!(shown.contains("\"other\"") && shown.contains("relay"), "{shown}");
    assert_eq!(service.into_inner(), "other");
    let mut service = guard(&breaker, always(response(200, Script::default())));
    let future = service.call(Request::new(()));
    assert_eq!(format!("{future:?}"), "ResponseFuture(\"called\")");
    breaker.force_open();
    assert_eq!(format!("{:?}", service.call(Request::new(()))), "ResponseFuture(\"rejected\")");
}

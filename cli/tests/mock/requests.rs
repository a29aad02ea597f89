//! What a healthy server answers, and what it answers to requests that are not right.

use crate::support::{Mock, ask, chat_body, receive, request, send};
use serde_json::{Value, json};
use std::io::{BufReader, Write as _};

#[test]
fn chat_embeddings_and_models_are_answered() {
    let mock = Mock::start(&[]);
    let chat = mock.chat().json();
    assert_eq!((&chat["model"], &chat["object"]), (&json!("gpt-4.1"), &json!("chat.completion")));
    assert_eq!(chat["usage"], json!({"prompt_tokens": 4, "completion_tokens": 8, "total_tokens": 12}));
    let content = chat["choices"][0]["message"]["content"].as_str().expect("text");
    assert_eq!(content.split(' ').count(), 8);

    let input = json!({"model": "text-embedding-3-small", "input": ["a b", "c", "a b"], "dimensions": 5});
    let embedded = mock.post("/v1/embeddings", &input).json();
    let vector = |n: usize| embedded["data"][n]["embedding"].as_array().expect("a list");
    assert_eq!((vector(0).len(), embedded["usage"]["prompt_tokens"].as_u64()), (5, Some(5)));
    assert!(vector(0) == vector(2) && vector(0) != vector(1));

    let models = mock.get("/v1/models").json();
    assert!(models["data"].as_array().expect("a list").iter().any(|model| model["id"] == "deepseek-v3.2"));
    let stats = mock.stats();
    for endpoint in ["chat_completions", "embeddings", "models"] {
        assert_eq!(stats["endpoints"][endpoint]["by_status"], json!({"200": 1}));
    }
}

#[test]
fn one_connection_carries_many_requests() {
    let mock = Mock::start(&["--phase", "503,rate=0.5", "--seed", "3"]);
    let one = request("POST", "/v1/chat/completions", "", &chat_body(false).to_string());
    let mut reader = BufReader::new(send(mock.api, &one).expect("connected"));
    for _ in 0..20 {
        assert!(matches!(receive(&mut reader).expect("an answer").status, 200 | 503));
        reader.get_mut().write_all(&one).expect("still open");
    }
    receive(&mut reader).expect("the last answer");
    assert_eq!((mock.total("received"), mock.total("answered")), (21, 21));
    assert_eq!(mock.stats()["connections"]["accepted"], 1);
}

/// Asserts the error object's form, and gives its parameter.
fn error(answer: &crate::support::Answer, status: u16, code: &str) -> Value {
    assert_eq!(answer.status, status, "{}", answer.body);
    let error = &answer.json()["error"];
    assert_eq!(error["code"], code);
    assert!(error["message"].is_string() && error["type"].is_string());
    assert!(error["request_id"].as_str().expect("an id").starts_with("hs_req_"));
    error["param"].clone()
}

#[test]
fn requests_that_are_not_right_get_an_error_object() {
    let mock = Mock::start(&[]);
    let raw = |method, path, body| ask(mock.api, &request(method, path, "", body)).expect("an answer");
    let chat = |body| raw("POST", "/v1/chat/completions", body);
    assert_eq!(error(&chat("{not json"), 400, "validation_error"), Value::Null);
    assert_eq!(error(&chat("[]"), 400, "validation_error"), Value::Null);
    assert_eq!(error(&chat(r#"{"messages": [{}]}"#), 400, "validation_error"), "model");
    assert_eq!(error(&chat(r#"{"model": "m"}"#), 400, "validation_error"), "messages");
    assert_eq!(error(&raw("POST", "/v1/embeddings", r#"{"model": "m"}"#), 400, "validation_error"), "input");
    error(&raw("POST", "/v2/chat", "{}"), 404, "validation_error");
    error(&raw("GET", "/v1/chat/completions", ""), 405, "validation_error");
    let stats = mock.stats();
    assert_eq!(stats["totals"]["by_status"], json!({"400": 5, "404": 1, "405": 1}));
    assert_eq!(stats["endpoints"]["other"]["received"], 2);
}

#[test]
fn a_body_that_is_too_long_is_refused_even_if_the_client_sends_it_whole() {
    let mock = Mock::start(&[]);
    let body = "x".repeat(24 << 20);
    error(
        &ask(mock.api, &request("POST", "/v1/embeddings", "", &body)).expect("an answer"),
        413,
        "validation_error",
    );
    let just = format!(r#"{{"model": "m", "input": "{}", "dimensions": 1}}"#, "x".repeat((16 << 20) - 100));
    assert_eq!(ask(mock.api, &request("POST", "/v1/embeddings", "", &just)).expect("an answer").status, 200);
}

#[test]
fn other_keys_get_401_and_the_key_is_never_shown() {
    let mock = Mock::start(&["--api-key", "hs_test_tulip"]);
    let with = |header: &str| {
        ask(mock.api, &request("POST", "/v1/chat/completions", header, &chat_body(false).to_string()))
            .expect("an answer")
    };
    assert_eq!(with("authorization: Bearer hs_test_tulip\r\n").status, 200);
    for wrong in ["", "authorization: Bearer hs_test_rose\r\n", "authorization: Basic hs_test_tulip\r\n"] {
        let answer = with(wrong);
        error(&answer, 401, "authentication_error");
        assert!(!answer.body.contains("tulip") && !answer.body.contains("rose"));
    }
    assert!(!mock.stats().to_string().contains("tulip"));
}

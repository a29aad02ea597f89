//! A server in virtual time: it runs the very scripts, in Lua 5.1 as Redis does, over a store that knows the commands that
//! they use.

use holysheep_cb_fleet::{Call, Store};
use mlua::{Lua, Value, Variadic};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

type Reply = mlua::Result<Value>;

#[derive(Debug, Default, Clone)]
struct Entry {
    hash: BTreeMap<String, String>,
    scores: HashMap<String, u64>,
    /// The same, by score.
    ranks: BTreeSet<(u64, String)>,
    text: Option<String>,
    expires: Option<u64>,
}

#[derive(Debug, Default)]
struct Data {
    now: u64,
    keys: HashMap<String, Entry>,
    /// Which process it is.
    run_id: u64,
    /// What its replica has.
    replica: HashMap<String, Entry>,
    published: Vec<String>,
    operations: u64,
    /// What was answered, in bytes.
    answered: u64,
}

/// The server.
pub(crate) struct Server {
    lua: Lua,
    data: Rc<RefCell<Data>>,
    scripts: HashMap<&'static str, mlua::Function>,
    /// So many votes are few, for the script of a breaker.
    few: u32,
    /// Why it answers nobody.
    pub(crate) failure: Option<&'static str>,
    /// Which of the next answers are lost on the way, the next one lowest.
    pub(crate) losses: u64,
}

impl Server {
    pub(crate) fn new(now: u64) -> Self {
        let lua = Lua::new();
        let data = Rc::new(RefCell::new(Data { now, ..Data::default() }));
        let redis = lua.create_table().unwrap();
        let of = data.clone();
        let call =
            lua.create_function(move |lua, args: Variadic<Value>| of.borrow_mut().call(lua, &args)).unwrap();
        redis.set("call", call).unwrap();
        lua.globals().set("redis", redis).unwrap();
        let cjson = lua.create_table().unwrap();
        let encode = |_: &Lua, parts: Vec<Value>| {
            let parts: Vec<_> = parts
                .iter()
                .map(|part| match part {
                    Value::String(text) => serde_json::Value::from(text.to_string_lossy().to_string()),
                    other => serde_json::Value::from(number(other)),
                })
                .collect();
            Ok(serde_json::to_string(&parts).unwrap())
        };
        cjson.set("encode", lua.create_function(encode).unwrap()).unwrap();
        lua.globals().set("cjson", cjson).unwrap();
        Self { lua, data, scripts: HashMap::new(), few: 16, failure: None, losses: 0 }
    }

    pub(crate) fn advance(&self, ms: u64) {
        self.data.borrow_mut().now += ms;
    }

    /// Sets its clock, back too.
    pub(crate) fn set_now(&self, now: u64) {
        self.data.borrow_mut().now = now;
    }

    /// So many votes are few.
    pub(crate) fn set_few(&mut self, few: u32) {
        self.few = few;
        self.scripts.clear();
    }

    pub(crate) fn now(&self) -> u64 {
        self.data.borrow().now
    }

    pub(crate) fn lose_everything(&self) {
        self.data.borrow_mut().keys.clear();
    }

    /// The replica has what there is now.
    pub(crate) fn replicate(&self) {
        let mut data = self.data.borrow_mut();
        data.replica = data.keys.clone();
    }

    /// The replica takes over, with what it has.
    pub(crate) fn fail_over(&self) {
        let mut data = self.data.borrow_mut();
        data.keys = data.replica.clone();
        data.run_id += 1;
    }

    /// What was published since the last time.
    pub(crate) fn published(&self) -> Vec<String> {
        std::mem::take(&mut self.data.borrow_mut().published)
    }

    pub(crate) fn field(&self, key: &str, field: &str) -> Option<String> {
        self.data.borrow_mut().entry(key).hash.get(field).cloned()
    }

    pub(crate) fn set_text(&self, key: &str, text: &str) {
        self.data.borrow_mut().entry(key).text = Some(text.to_owned());
    }

    /// Keys that will never end.
    pub(crate) fn immortal(&self) -> Vec<String> {
        let data = self.data.borrow();
        // What was only asked for is not there.
        let is_there =
            |entry: &Entry| !entry.hash.is_empty() || !entry.scores.is_empty() || entry.text.is_some();
        data.keys
            .iter()
            .filter(|(_, entry)| is_there(entry) && entry.expires.is_none())
            .map(|(key, _)| key.clone())
            .collect()
    }

    pub(crate) fn operations(&self) -> u64 {
        self.data.borrow().operations
    }

    /// How many bytes of text it has answered.
    pub(crate) fn answered(&self) -> u64 {
        self.data.borrow().answered
    }

    fn count(&self, answers: Vec<Vec<String>>) -> Vec<Vec<String>> {
        self.data.borrow_mut().answered +=
            answers.iter().flatten().map(|text| text.len() as u64).sum::<u64>();
        answers
    }

    fn invoke(&mut self, call: &Call) -> Vec<String> {
        let function = self.scripts.entry(call.script.name).or_insert_with(|| {
            let few = format!("local FEW = {}\n", self.few);
            let text = call.script.text.replacen("local FEW = 16\n", &few, 1);
            assert!(
                call.script.name != "breaker" || text.contains(&few),
                "the script says what is few otherwise"
            );
            let text = format!("local KEYS, ARGV = ...\n{text}");
            self.lua.load(text).set_name(call.script.name).into_function().expect("the script is Lua")
        });
        let keys = self.lua.create_sequence_from([call.key.as_str()]).unwrap();
        let args = self.lua.create_sequence_from(call.args.iter().map(String::as_str)).unwrap();
        let reply: Value = function.call((keys, args)).unwrap_or_else(|error| panic!("{call:?}: {error}"));
        texts(&reply)
    }
}

impl Store for Server {
    type Error = &'static str;

    fn run(&mut self, calls: &[Call]) -> Result<Vec<Vec<String>>, &'static str> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        let answers = calls.iter().map(|call| self.invoke(call)).collect();
        let answers = self.count(answers);
        let is_lost = self.losses & 1 == 1;
        self.losses >>= 1;
        if is_lost { Err("the answer is lost") } else { Ok(answers) }
    }

    fn read(&mut self, keys: &[String], fields: Option<&[String]>) -> Result<Vec<Vec<String>>, &'static str> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        let mut data = self.data.borrow_mut();
        data.operations += keys.len() as u64;
        let read = keys.iter().map(|key| {
            let of = data.entry(key).hash.iter();
            let asked = of.filter(|(field, _)| fields.is_none_or(|fields| fields.contains(field)));
            asked.flat_map(|(field, value)| [field.clone(), value.clone()]).collect()
        });
        let read = read.collect();
        drop(data);
        Ok(self.count(read))
    }
}

impl Data {
    /// What is there of a key, if it has not ended.
    fn entry(&mut self, key: &str) -> &mut Entry {
        let now = self.now;
        if self.keys.get(key).is_some_and(|entry| entry.expires.is_some_and(|at| at <= now)) {
            self.keys.remove(key);
        }
        self.keys.entry(key.to_owned()).or_default()
    }

    fn call(&mut self, lua: &Lua, args: &[Value]) -> Reply {
        let texts: Vec<_> = args.iter().map(text).collect();
        let words: Vec<_> = texts.iter().map(String::as_str).collect();
        let string = |text: &str| lua.create_string(text).map(Value::String);
        self.operations += 1;
        match words.as_slice() {
            ["TIME"] => {
                let parts = [(self.now / 1000).to_string(), (self.now % 1000 * 1000).to_string()];
                Ok(Value::Table(lua.create_sequence_from(parts)?))
            }
            ["HGETALL", key] => {
                let flat: Vec<_> =
                    self.entry(key).hash.iter().flat_map(|(k, v)| [k.clone(), v.clone()]).collect();
                Ok(Value::Table(lua.create_sequence_from(flat)?))
            }
            ["HMGET", key, fields @ ..] => {
                let hash = &self.entry(key).hash;
                let value = |field: &&str| match hash.get(*field) {
                    Some(value) => string(value),
                    None => Ok(Value::Boolean(false)),
                };
                let values = fields.iter().map(value).collect::<mlua::Result<Vec<_>>>()?;
                Ok(Value::Table(lua.create_sequence_from(values)?))
            }
            ["INFO", "server"] => string(&format!("# Server\r\nrun_id:{:040x}\r\n", self.run_id)),
            ["HGET", key, field] => match self.entry(key).hash.get(*field) {
                Some(value) => string(value),
                None => Ok(Value::Boolean(false)),
            },
            ["HSET", key, pairs @ ..] => {
                let entry = self.entry(key);
                for pair in pairs.chunks_exact(2) {
                    entry.hash.insert(pair[0].to_owned(), pair[1].to_owned());
                }
                Ok(Value::Integer(1))
            }
            ["DEL", key] => {
                self.keys.remove(*key);
                Ok(Value::Integer(1))
            }
            ["HDEL", key, field] => {
                self.entry(key).hash.remove(*field);
                Ok(Value::Integer(1))
            }
            ["PEXPIRE", key, ms] => {
                let at = self.now + ms.parse::<u64>().expect("a whole number of ms");
                self.entry(key).expires = Some(at);
                Ok(Value::Integer(1))
            }
            ["GET", key] => match self.entry(key).text.clone() {
                Some(value) => string(&value),
                None => Ok(Value::Boolean(false)),
            },
            ["SET", key, value] => {
                self.entry(key).text = Some((*value).to_owned());
                string("OK")
            }
            ["ZADD", key, score, member] => {
                let score = score.parse().expect("a score");
                let Entry { scores, ranks, .. } = self.entry(key);
                if let Some(before) = scores.insert((*member).to_owned(), score) {
                    ranks.remove(&(before, (*member).to_owned()));
                }
                ranks.insert((score, (*member).to_owned()));
                Ok(Value::Integer(1))
            }
            ["ZCARD", key] => Ok(Value::Integer(self.entry(key).scores.len() as i64)),
            ["ZREMRANGEBYSCORE", key, "-inf", most] => {
                let most: u64 = most.parse().expect("a score");
                let Entry { scores, ranks, .. } = self.entry(key);
                while ranks.first().is_some_and(|(score, _)| *score <= most) {
                    scores.remove(&ranks.pop_first().expect("the first").1);
                }
                Ok(Value::Integer(0))
            }
            ["PUBLISH", _, message] => {
                self.published.push((*message).to_owned());
                Ok(Value::Integer(1))
            }
            other => panic!("no script uses {other:?}"),
        }
    }
}

fn number(value: &Value) -> i64 {
    value.as_i64().or_else(|| value.as_f64().map(|float| float as i64)).expect("a number")
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string_lossy().to_string(),
        other => number(other).to_string(),
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Table(table) => {
            table.clone().sequence_values::<Value>().map(|value| text(&value.unwrap())).collect()
        }
        other => vec![text(other)],
    }
}

//! Whatever stands in a history's text: it is refused with its line, or judged.

use raftarium::history::{History, HistoryError, Verdict};

use super::chance::Chance;
use super::json::{change, garble};

/// One line of each kind that there is.
const LINES: &str = r#"{"initial": 0}
{"process": 0, "type": "invoke", "f": "write", "key": "x", "value": 1}
{"process": 1, "type": "invoke", "f": "read", "key": "x", "value": null}
{"process": 1, "type": "ok", "f": "read", "key": "x", "value": 1}
{"process": 0, "type": "ok", "f": "write", "key": "x", "value": 1}
{"process": 1, "type": "invoke", "f": "cas", "key": "x", "value": [5, 2]}
{"process": 2, "type": "invoke", "f": "read", "key": "x"}
{"process": 1, "type": "ok", "f": "cas", "key": "x", "value": [5, 2], "swapped": false, "found": 1}
{"process": 2, "type": "fail", "f": "read", "key": "x"}
{"process": 2, "type": "invoke", "f": "append", "key": "x", "value": "a"}
{"process": 3, "type": "invoke", "f": "delete", "key": "x"}
{"process": "nemesis", "type": "info", "f": "cut", "value": {"a": [1]}}
{"process": 3, "type": "ok", "f": "delete", "key": "x", "existed": true}
{"process": 2, "type": "info", "f": "append", "key": "x", "value": "a"}
{"process": 3, "type": "invoke", "f": "write", "key": 1e0, "value": 1.50}
{"process": 3, "type": "ok", "f": "write", "key": 1.0, "value": 15e-1}"#;

/// And in EDN, with what Jepsen and people put into such files.
const LINES_EDN: &str = r#"#tag {:initial 0}
{:process 0, :type :invoke, :f :write, :value [x 1], :time 12} ; { [ "
 {:process "w", :type :invoke, :f :read, :value ["x" nil], :error #error {:cause "a \f" :at [a.B 1]}}
{:process "w", :type :ok, :f :read, :value [x 1N]}
#jepsen.history.Op{:process 0, :type :ok, :f :write, :value [x 1.0M]} #_{:f :x}
{:process 1, :type :invoke, :f :cas, :value [:x [\a 5/10]]}
{:process :nemesis, :type :info, :f :start, :value {:a #{1 2}}}
{:process 1, :type :fail, :f :cas, :value [:x [\a 1/2]]}
{:process 2, :type :invoke, :f :append, :value ["y" "\u00e9\"\\"]}
{:process 2, :type :info, :f :append, :value nil, :more #inst "2020-01-01"}"#;

/// Returns what was said of it, if it was accepted.
pub(crate) fn histories(bytes: &[u8]) -> Option<Verdict> {
    let chance = &mut Chance::new(bytes);
    let text = if chance.once_in(8) {
        chance.rest().to_vec()
    } else {
        mixed(chance).into_bytes()
    };
    let history = match History::from_text(&*text) {
        Ok(history) => history,
        Err(HistoryError::Malformed { line, fault, .. }) => {
            assert!(line > 0 && !fault.is_empty());
            return None;
        }
        Err(HistoryError::Unreadable(error)) => panic!("memory can be read: {error}"),
    };
    let verdict = history.check(2_000);
    if let Verdict::NotLinearizable(part) = &verdict {
        assert!(history.keys().contains(&part.key));
        assert!(!part.operations.is_empty());
    }
    Some(verdict)
}

/// The lines, some of them twice, left out, changed or in another order.
fn mixed(chance: &mut Chance) -> String {
    let mut text = String::new();
    let lines = if chance.once_in(4) { LINES_EDN } else { LINES };
    for line in lines.lines() {
        let line = match chance.below(64) {
            40..=59 => line.replace(": 1}", &format!(": {}}}", chance.below(4))),
            60 => continue,
            61 => garble(line.to_owned(), chance),
            62 => {
                let Ok(mut value) = serde_json::from_str(line) else {
                    continue;
                };
                change(&mut value, chance);
                value.to_string()
            }
            63 => {
                let lines: Vec<&str> = lines.lines().collect();
                (*chance.pick(&lines)).to_owned()
            }
            _ => line.to_owned(),
        };
        text.push_str(&line);
        text.push('\n');
    }
    text
}

//! A world keeps its budget of memory here too, where a memory never shrinks and ends at
//! 4 GiB. `tests/memory` does the same natively, and says more.
//!
//! By default fewer events happen than would be convincing; for all of them, a few minutes:
//!
//! ```text
//! EVENTS=10000000 cargo xtask test wasm-chromium
//! ```

use js_sys::{ArrayBuffer, WebAssembly};
use raftarium::wasm::Simulation;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

const MEBIBYTE: u32 = 1024 * 1024;
/// What a world of five replicas may take with its past, by the default settings.
const BUDGET_BYTES: u32 = 256 * MEBIBYTE;

/// As many operations as five replicas can do, most of them puts.
const BUSY: &str = r#"{
    "workload": { "clients": 100, "operations_per_second": 3000, "reads": "1/10", "keys": 1000 }
}"#;

fn memory_bytes() -> u32 {
    let memory: WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let buffer: ArrayBuffer = memory.buffer().unchecked_into();
    buffer.byte_length()
}

fn events() -> u32 {
    let asked = option_env!("EVENTS");
    asked.map_or(500_000, |events| events.parse().expect("a number"))
}

#[wasm_bindgen_test]
fn a_busy_world_keeps_its_budget() {
    let before = memory_bytes();
    let mut simulation = Simulation::new(&BUSY.into(), Some(7.0), None).expect("a good scenario");
    let mut tenths = Vec::new();
    for _ in 0..10 {
        for event in 0..events() / 10 {
            simulation.proceed().expect("nothing breaks");
            // As the page does, which looks at it in each frame.
            if event % 5_000 == 0 {
                simulation.notices().expect("it has some");
                simulation.view().expect("it can be seen");
                simulation.messages();
            }
        }
        tenths.push((memory_bytes() - before) / MEBIBYTE);
    }
    console_log!("{} events; MiB in each tenth: {tenths:?}", events());
    assert!(memory_bytes() - before <= BUDGET_BYTES, "{tenths:?}");
}

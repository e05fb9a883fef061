//! From the crate to the site: cargo, `wasm-bindgen`, `wasm-opt`, Vite.

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::fs;
use std::hash::{Hash, Hasher};
use std::net::TcpListener;
use std::path::Path;
use std::process::Stdio;
use std::sync::{Mutex, PoisonError};

use crate::process::{
    Failure, Outcome, cargo, command, node_tool, output_of, root, run, target, www,
};
use crate::{docs, package, setup};

/// Builds the static site into `www/dist`, with the manual below it.
pub(crate) fn site() -> Outcome {
    wasm()?;
    run(node_tool("vite").arg("build"))?;
    // Vite empties the folder first.
    package::into_site()?;
    docs::book()
}

/// Serves the page until it is interrupted, reloading it as its sources change.
pub(crate) fn serve(port: Option<u16>) -> Outcome {
    if let Some(port) = port {
        TcpListener::bind(("127.0.0.1", port)).map_err(|error| {
            Failure::new(
                format!("cannot listen on port {port} ({error})"),
                "choose another, or leave out --port",
            )
        })?;
    }
    wasm()?;
    let mut vite = node_tool("vite");
    vite.stdin(Stdio::inherit());
    if let Some(port) = port {
        vite.args(["--strictPort", "--port", &port.to_string()]);
    }
    if has_a_desktop() {
        vite.arg("--open");
    }
    run(&mut vite)
}

/// Builds the optimised wasm and its JavaScript into `www/pkg`, unless they are there already.
pub(crate) fn wasm() -> Outcome {
    // Several checks ask for it, and cargo has something to say each time. Whoever comes while
    // it is built waits.
    static BUILT: Mutex<bool> = Mutex::new(false);
    let mut built = BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    if !*built {
        build_wasm()?;
        *built = true;
    }
    Ok(())
}

fn build_wasm() -> Outcome {
    setup::wasm_target()?;
    setup::wasm_bindgen()?;
    setup::node_packages()?;
    // Elsewhere the library is a Rust library only; a module for the page is a cdylib.
    run(cargo()
        .args(["rustc", "--release", "--lib", "--crate-type", "cdylib"])
        .args(["--target", setup::WASM]))?;

    let raw = target().join(setup::WASM).join("release/raftarium.wasm");
    let origin = origin_of(&[
        &raw,
        &root().join("Cargo.lock"),
        &www().join("package-lock.json"),
    ])?;
    let package = www().join("pkg");
    let mark = package.join(".made-from");
    if fs::read_to_string(&mark).is_ok_and(|text| text == origin) {
        return Ok(());
    }

    // The mark comes last, so an interrupted build is begun again.
    if package.exists() {
        fs::remove_dir_all(&package).map_err(|error| Failure::file(&package, &error))?;
    }
    // The page can begin the core anew after a trap, whatever that left behind.
    run(command("wasm-bindgen")
        .args(["--target", "web", "--experimental-reset-state-function"])
        .arg("--out-dir")
        .arg(&package)
        .arg(&raw))?;
    let wasm = package.join("raftarium_bg.wasm");
    optimise(&wasm)?;
    print_size(&wasm);
    fs::write(&mark, origin).map_err(|error| Failure::file(&mark, &error))
}

/// The compiler lists in the wasm which features of the platform it used, and `wasm-opt` keeps
/// to that list: what browsers run is decided in one place.
fn optimise(wasm: &Path) -> Outcome {
    run(node_tool("wasm-opt")
        .arg("-O3")
        .arg(wasm)
        .arg("-o")
        .arg(wasm))
}

fn print_size(wasm: &Path) {
    let script = "const bytes = require('fs').readFileSync(process.argv[1]);\
                  const kilo = (n) => (n / 1000).toFixed(1) + ' kB';\
                  console.log(kilo(bytes.length) + ', ' +\
                    kilo(require('zlib').gzipSync(bytes).length) + ' as gzip');";
    if let Some(sizes) = output_of(command("node").args(["-e", script]).arg(wasm)) {
        println!("  wasm: {sizes}");
    }
}

/// A fingerprint of files; that it may change with the compiler costs one needless build.
fn origin_of(paths: &[&Path]) -> Result<String, Failure> {
    let mut hasher = DefaultHasher::new();
    for path in paths {
        let bytes = fs::read(path).map_err(|error| Failure::file(path, &error))?;
        bytes.hash(&mut hasher);
    }
    Ok(format!("{:016x}", hasher.finish()))
}

/// Whether there is a desktop that could show a browser window.
fn has_a_desktop() -> bool {
    let set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    !set("CI")
        && (cfg!(any(windows, target_os = "macos")) || set("DISPLAY") || set("WAYLAND_DISPLAY"))
}

//! The pages of `web/dist` are built into a release binary: when they change, it is built again. Other builds read them
//! from the folder when they are asked for.

fn main() {
    let embeds = std::env::var("PROFILE").is_ok_and(|profile| profile == "release");
    println!("cargo::rerun-if-changed={}", if embeds { "web/dist" } else { "build.rs" });
}

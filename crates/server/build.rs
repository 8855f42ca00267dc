//! Builds the crate anew when the browser page was built, or built again.

fn main() {
    println!("cargo:rerun-if-changed=../../viewer/web/dist");
}

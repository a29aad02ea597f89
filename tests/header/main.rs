mod render;
#[test]
fn t() { 
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    std::fs::write(root.join("include/holysheep_cb.h"), render::header(root)).unwrap();
}

//! Each struct has the same size and offsets in C as in Rust.

use crate::toolbox::{fields, folder, root, run, source, tool};
use holysheep_cb::ffi;
use std::mem::{align_of, offset_of, size_of};

/// A struct's size, alignment and offsets as Rust has them.
struct Shape {
    name: &'static str,
    size: usize,
    align: usize,
    offsets: Vec<(&'static str, usize)>,
}

macro_rules! shapes {
    ($($name:ident { $($field:ident)* })*) => {
        vec![$(Shape {
            name: stringify!($name),
            size: size_of::<ffi::$name>(),
            align: align_of::<ffi::$name>(),
            offsets: vec![$((stringify!($field), offset_of!(ffi::$name, $field))),*],
        }),*]
    };
}

fn shapes() -> Vec<Shape> {
    shapes! {
        hscb_config {
            struct_size failure_threshold failure_rate min_calls consecutive_failures slow_rate slow_call_ms window
            window_ms window_buckets window_calls open_ms open_backoff open_max_ms reserved open_jitter
            half_open_max_calls half_open_max_concurrent success_threshold half_open_verdict half_open_interval_ms
            half_open_max_ms probe_lease_ms retry_after_max_ms
        }
        hscb_segment_options { struct_size capacity stripes file_mode flags }
        hscb_snapshot {
            struct_size mode generation window_calls window_failures window_slow probes_in_flight consecutive_failures
            open_remaining_ns changed_at_ns successes_total failures_total slow_total ignored_total late_total
            rejected_total throttled_total opened_total half_opened_total closed_total would_trip_total
            probes_lost_total flags reserved
        }
        hscb_verdict { struct_size outcome cause reserved retry_after_ms }
        hscb_event { struct_size pid sequence time_ns from to reason generation breaker note }
        hscb_limiter_config { struct_size limit period_ms burst }
        hscb_limiter_snapshot {
            struct_size limit server_limit period_ms burst available retry_after_ns paused_ns admitted_total units_total
            refused_total pauses_total flags share_ppm
        }
        hscb_bulkhead_config { struct_size limit max_waiting }
        hscb_bulkhead_snapshot {
            struct_size limit max_waiting active available waiting entered_total refused_total reclaimed_total flags
            reserved
        }
    }
}

#[test]
fn c_sees_each_struct_as_rust_does() {
    let header = source(crate::HEADER);
    let mut program = String::from(
        "#include \"holysheep_cb.h\"\n#include <stddef.h>\n#include <stdio.h>\nint main(void) {\n",
    );
    let mut expected = String::new();
    for shape in shapes() {
        let Shape { name, size, align, offsets } = shape;
        let known: Vec<_> = offsets.iter().map(|(field, _)| *field).collect();
        assert_eq!(fields(&header, name), known, "the header's fields of {name}");
        program += &format!("printf(\"{name} %zu %zu\\n\", sizeof({name}), _Alignof({name}));\n");
        expected += &format!("{name} {size} {align}\n");
        for (field, offset) in offsets {
            program += &format!("printf(\"{name}.{field} %zu\\n\", offsetof({name}, {field}));\n");
            expected += &format!("{name}.{field} {offset}\n");
        }
    }
    program += "return 0; }\n";
    let folder = folder("layout");
    let (file, binary) = (folder.join("layout.c"), folder.join("layout"));
    std::fs::write(&file, program).expect("target/tmp is writable");
    run(tool("gcc")
        .args(["-std=c11", "-Wall", "-Werror", "-I"])
        .arg(root().join("include"))
        .arg(file)
        .arg("-o")
        .arg(&binary));
    assert_eq!(run(&mut std::process::Command::new(binary)), expected, "C (left) and Rust (right) differ");
}

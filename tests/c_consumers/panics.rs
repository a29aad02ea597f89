//! A panic inside of an export is a status at the border, or the answer under which calls go on.

use crate::programs::{self, Link, command};
use crate::toolbox::{folder, planted_library, run};

#[test]
fn a_panic_becomes_a_status_and_the_process_lives_on() {
    let folder = folder("panics");
    let flags = ["-DHSCB_PLANTED_PANIC"];
    let (mut compile, binary) =
        programs::planted().compiler(&folder, &planted_library(), Link::Shared, &flags);
    run(&mut compile);
    let said = run(command(binary, &folder).arg("panic"));
    assert!(said.contains("the process lives on"), "{said}");
}

//! The complete programs in `docs/ABI.md` compile and run.

use crate::programs::{Link, Program, command};
use crate::toolbox::{folder, run, source};

#[test]
fn the_programs_in_the_guide_work() {
    let guide = source("docs/ABI.md");
    let c = vec!["call 3 rejected, the next may go in 1.", "the breaker is open"];
    for (language, extension, says) in [("```c\n", "c", c), ("```cpp\n", "cpp", vec!["an answer"])] {
        let folder = folder(&format!("guide-{extension}"));
        let file = folder.join("guide").with_extension(extension);
        let programs = guide.split(language).skip(1).filter_map(|rest| rest.split("```").next());
        let program =
            programs.into_iter().find(|text| text.contains("int main(")).expect("a complete program");
        std::fs::write(&file, program).expect("target/tmp is writable");
        let program = Program { name: "guide", sources: vec![file], says };
        let binary = program.build(&folder, Link::Shared, &[]);
        program.check(&run(&mut command(binary, &folder)));
    }
}

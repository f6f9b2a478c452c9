"""Which failed tests .ci/tests runs again, by output as cargo prints it."""

import importlib.machinery
import importlib.util
import pathlib
import sys
import tempfile
import unittest
from unittest import mock

sys.dont_write_bytecode = True
script = pathlib.Path(__file__).with_name("tests")
loader = importlib.machinery.SourceFileLoader("tests", str(script))
tests = importlib.util.module_from_spec(importlib.util.spec_from_loader("tests", loader))
loader.exec_module(tests)

WAIT = """\
     Running unittests src/lib.rs (target/debug/deps/one-83d69e65c7120d7f)

running 2 tests
test tests::passes ... ok
test tests::waits ... FAILED

failures:

---- tests::waits stdout ----

thread 'tests::waits' (10385) panicked at one/src/lib.rs:9:26:
WAIT RAN OUT: the unit is done
stack backtrace:
   0: __rustc::rust_begin_unwind
             at /rustc/59807616e1fa/library/std/src/panicking.rs:689:5
note: Some details are omitted, run with `RUST_BACKTRACE=full` for a verbose backtrace.


failures:
    tests::waits

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.54s

error: test failed, to rerun pass `-p one --lib`
"""

TWO_WAITS = """\
     Running tests/line.rs (target/debug/deps/line-11fdadfcdecfd99b)

running 3 tests
test flow::passes ... ok
test flow::waits_in_vain ... FAILED
test flow::waits_too ... FAILED

failures:

---- flow::waits_in_vain stdout ----

thread 'flow::waits_in_vain' panicked at one/tests/line.rs:1:41:
WAIT RAN OUT: it is taken
second line
note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace

---- flow::waits_too stdout ----

thread 'flow::waits_too' panicked at one/tests/line.rs:7:41:
WAIT RAN OUT: it is given back


failures:
    flow::waits_in_vain
    flow::waits_too

test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.55s

error: test failed, to rerun pass `-p one --test line`
"""

PASSED = """\
     Running unittests src/lib.rs (target/debug/deps/three-97ccd260fc7b5fd8)

running 1 test
test passes ... ok

test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s

"""

CRASH = """\
     Running tests/crash.rs (target/debug/deps/crash-367ff979143f70be)

running 2 tests
error: test failed, to rerun pass `-p three --test crash`

Caused by:
  process didn't exit successfully: `target/debug/deps/crash-367ff979143f70be` (signal: 6, SIGABRT: process abort signal)
"""

COMPILER = """\
   Compiling three v0.1.0 (three)
error: this file contains an unclosed delimiter
 --> three/src/lib.rs:1:18
  |
1 | pub fn broken( {
  |              - -^
  |              | |
  |              | unclosed delimiter
  |              unclosed delimiter

error: could not compile `three` (lib) due to 1 previous error
warning: build failed, waiting for other jobs to finish...
error: could not compile `three` (lib test) due to 1 previous error
"""

HEAD, TAIL = """\
     Running tests/line.rs (target/debug/deps/line-8ad55f4dba28b6c9)

running 2 tests
test passes ... ok
test fails ... FAILED

failures:

---- fails stdout ----
""", """

failures:
    fails

test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.43s

error: test failed, to rerun pass `-p two --test line`
"""

ASSERTION = """
thread 'fails' (10440) panicked at two/tests/line.rs:1:29:
assertion `left == right` failed: a promise
  left: 1
 right: 2
"""

PROPERTY = """
thread 'fails' (25) panicked at two/tests/line.rs:44:1:
Test failed: WAIT RAN OUT: the move is answered.
minimal failing input: moves = [Come, Leave]
"""

TASK_AND_WAIT = """
thread 'tokio-rt-worker' (10439) panicked at two/tests/line.rs:4:66:
a promise of a task

thread 'fails' (10438) panicked at two/tests/line.rs:4:107:
WAIT RAN OUT: the task
"""

RETURNED = """Error: "broken"
"""


def ended(*targets):
    count = len(targets)
    return f"error: {count} target{'s' if count > 1 else ''} failed:\n" + "".join(f"    `{it}`\n" for it in targets)


class WhichRunAgain(unittest.TestCase):
    def refused(self, output, why):
        with self.assertRaisesRegex(tests.NotFlaky, why):
            tests.flaky_tests(output)

    def test_waits_that_ran_out_run_again_in_unit_tests_and_others(self):
        output = PASSED + WAIT + PASSED + TWO_WAITS + PASSED + ended("-p one --lib", "-p one --test line")
        names = [(target, name) for target, name, _ in tests.flaky_tests(output)]
        wanted = [("-p one --lib", "tests::waits"), ("-p one --test line", "flow::waits_in_vain"),
                  ("-p one --test line", "flow::waits_too")]
        self.assertEqual(names, wanted)
        self.assertIn("WAIT RAN OUT: it is taken", tests.flaky_tests(output)[1][2])

    def test_a_failed_assertion_does_not_run_again(self):
        self.refused(HEAD + ASSERTION + TAIL + ended("-p two --test line"), "left == right")

    def test_an_assertion_beside_waits_fails_all(self):
        for output in (WAIT + HEAD + ASSERTION + TAIL, HEAD + ASSERTION + TAIL + WAIT):
            self.refused(output + ended("-p one --lib", "-p two --test line"), "left == right")

    def test_an_assertion_in_a_task_of_a_test_that_waits_fails(self):
        self.refused(HEAD + TASK_AND_WAIT + TAIL + ended("-p two --test line"), "a promise of a task")

    def test_a_propertys_seed_fails_though_a_wait_is_in_its_message(self):
        self.refused(HEAD + PROPERTY + TAIL + ended("-p two --test line"), "Test failed")

    def test_an_error_that_a_test_returns_fails(self):
        self.refused(HEAD + RETURNED + TAIL + ended("-p two --test line"), "without a wait")

    def test_a_binary_that_crashes_fails_with_waits_beside_it_or_without(self):
        self.refused(CRASH + PASSED + ended("-p three --test crash"), "crashed")
        self.refused(WAIT + CRASH + ended("-p one --lib", "-p three --test crash"), "crashed")

    def test_an_error_of_the_compiler_fails(self):
        self.refused(COMPILER, "otherwise")
        self.refused(WAIT + COMPILER, "otherwise")

    def test_an_output_that_lacks_a_failed_test_or_a_target_fails(self):
        self.refused(TWO_WAITS.replace("2 failed", "3 failed") + ended("-p one --test line"), "cannot be told")
        self.refused(WAIT + ended("-p one --lib", "-p two --doc"), "otherwise")
        self.refused("", "otherwise")


class ARun(unittest.TestCase):
    """The exit code, by what the runs of cargo print; the second of them is the test alone."""

    def code(self, *runs):
        with mock.patch.object(tests, "run", side_effect=runs) as run, tempfile.NamedTemporaryFile() as flaky:
            code = tests.all_tests(flaky.name)
            self.assertEqual(run.call_count, len(runs))
            return code, flaky.read().decode()

    def test_passes_when_the_test_passes_alone_and_lists_it(self):
        first = (101, WAIT + ended("-p one --lib"))
        code, listed = self.code(first, (0, "test result: ok. 1 passed; 0 failed; 0 ignored"))
        self.assertEqual(code, 0)
        self.assertIn("-p one --lib: tests::waits\nthread 'tests::waits'", listed)

    def test_fails_when_it_fails_again_or_was_not_found(self):
        first = (101, WAIT + ended("-p one --lib"))
        self.assertEqual(self.code(first, (101, WAIT)), (101, ""))
        self.assertEqual(self.code(first, (0, "test result: ok. 0 passed; 0 failed; 0 ignored")), (101, ""))

    def test_fails_at_once_by_an_assertion_and_passes_at_once_without_failures(self):
        self.assertEqual(self.code((101, HEAD + ASSERTION + TAIL + ended("-p two --test line"))), (101, ""))
        self.assertEqual(self.code((0, PASSED)), (0, ""))


if __name__ == "__main__":
    unittest.main(buffer=True)

// Whether a value has exactly the type that is expected.

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
export function is<Expected>() {
  return <Actual,>(_value: Actual, same: Same<Actual, Expected>): boolean => same;
}

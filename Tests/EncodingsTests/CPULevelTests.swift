import Encodings
import Testing

@Suite struct CPULevelTests {
  @Test func withoutARequestTheBestIsTaken() {
    #expect(CPULevel.select(nil) == .success(.detected))
  }

  @Test(arguments: ["", "V3", "v4", "avx2"])
  func unknownNamesAreRefused(name: String) {
    #expect(CPULevel.select(name) == .failure(.unknown(name)))
  }

  @Test func baselineIsAlwaysThere() {
    #expect(CPULevel.select("baseline") == .success(.baseline))
  }

  @Test func v3IsThereOrRefused() {
    let expected: Result<CPULevel, CPULevelError> =
      CPULevel.detected == .v3 ? .success(.v3) : .failure(.unavailable(.v3))
    #expect(CPULevel.select("v3") == expected)
  }

  @Test func refusalsNameTheLevels() {
    #expect("\(CPULevelError.unknown("fast"))".contains("baseline, v3"))
  }
}

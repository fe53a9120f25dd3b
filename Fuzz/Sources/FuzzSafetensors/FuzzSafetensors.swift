import CFuzzer
import ReaderProperty
import SafetensorsPlugin

@main
struct FuzzSafetensors {
  static func main() {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    _ = LLVMFuzzerRunDriver(&count, &arguments) { input, byteCount in
      checkReader(SafetensorsContainer.self, UnsafeBufferPointer(start: input, count: byteCount))
      return 0
    }
  }
}

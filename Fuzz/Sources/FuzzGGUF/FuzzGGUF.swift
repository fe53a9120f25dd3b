import CFuzzer
import GGUFPlugin
import ReaderProperty

@main
struct FuzzGGUF {
  static func main() {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    _ = LLVMFuzzerRunDriver(&count, &arguments) { input, byteCount in
      checkReader(GGUFContainer.self, UnsafeBufferPointer(start: input, count: byteCount))
      return 0
    }
  }
}

// Opens one file with a plugin in a process of its own; see `IsolatedOpening` for who starts it.
internal import PluginKit

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

exit(IsolatedGuest.run(arguments: Array(CommandLine.arguments.dropFirst())))

import ArgumentParser
import Bootstrap
import Foundation

/// `dragoman config`.
struct ConfigCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "config",
        abstract: "Shows every setting, its value, and where that comes from.",
        discussion: """
            A setting's name is its key in dragoman.yaml; in capitals after DRAGOMAN_ it is the environment variable, \
            which goes before the file; options of 'dragoman serve' go before both. Many names count without DRAGOMAN_ \
            too, as --explain says. Secrets are not shown.
            """
    )

    @OptionGroup
    var settings: SettingOptions

    @Flag(help: "Say what each setting is for.")
    var explain = false

    mutating func run() async throws {
        let values = try await settings.values()
        for note in values.notes { FileHandle.standardError.write(Data("dragoman: \(note)\n".utf8)) }
        let rows = Settings.all.map { setting in
            let (text, origin) = values.origin(of: setting)
            let shown = setting.isSecret && !text.isEmpty ? "********" : text.isEmpty ? "-" : text
            return (setting, shown, origin)
        }
        let nameWidth = rows.map(\.0.name.count).max() ?? 0
        let valueWidth = min(40, rows.map(\.1.count).max() ?? 0)
        for (setting, shown, origin) in rows {
            if explain { print("# \(setting.help) \(setting.variables.joined(separator: ", "))") }
            let name = setting.name.padding(toLength: nameWidth, withPad: " ", startingAt: 0)
            let value =
                shown.count >= valueWidth ? shown : shown.padding(toLength: valueWidth, withPad: " ", startingAt: 0)
            print("\(name)  \(value)  \(origin)")
        }
    }
}

internal import JobSystem

/// One thing an installation can decide: its name, what it may be, what it is by default.
///
/// The name is the key in `dragoman.yaml`; in capitals after `DRAGOMAN_` it is the environment variable, and with hyphens
/// the option of `dragoman serve`: `api_port`, `DRAGOMAN_API_PORT`, `--api-port`.
package struct Setting<Value: Sendable>: Sendable {
    package let name: String
    package let standard: Value
    /// What a value must be, for messages: "expected …".
    package let expectation: String
    package let help: String
    package let isSecret: Bool
    let parse: @Sendable (String) -> Value?
    let write: @Sendable (Value) -> String
    /// What is wrong with a value of the right form, in a sentence that shows no secret; nil: nothing.
    let check: @Sendable (Value) -> String?

    init(
        _ name: String,
        _ standard: Value,
        _ expectation: String,
        isSecret: Bool = false,
        help: String,
        parse: @escaping @Sendable (String) -> Value?,
        write: @escaping @Sendable (Value) -> String,
        check: @escaping @Sendable (Value) -> String? = { _ in nil }
    ) {
        self.name = name
        self.standard = standard
        self.expectation = expectation
        self.isSecret = isSecret
        self.help = help
        self.parse = parse
        self.write = write
        self.check = check
    }
}

/// A setting of any type, for lists of all of them.
package struct AnySetting: Sendable {
    package let name: String
    /// Its environment variables: of those that are set, the first counts.
    package let variables: [String]
    /// The default as it would be written; empty where there is none.
    package let standard: String
    package let expectation: String
    package let help: String
    package let isSecret: Bool
    /// What is wrong with a text as its value, in a sentence; nil: nothing.
    let problem: @Sendable (_ text: String, _ origin: SettingValues.Origin) -> String?

    init(_ setting: Setting<some Sendable>) {
        name = setting.name
        variables = SettingVariables.names(of: setting.name)
        standard = setting.write(setting.standard)
        expectation = setting.expectation
        help = setting.help
        isSecret = setting.isSecret
        problem = { text, origin in
            guard let value = setting.parse(text) else {
                let shown = setting.isSecret ? "…" : String(text.prefix(100))
                return "\(setting.name) is '\(shown)' (\(origin)), \(setting.expectation)."
            }
            return setting.check(value).map { "\(setting.name) (\(origin)): \($0)" }
        }
    }
}

extension Setting where Value == String {
    /// A text. It may be empty only where the default is.
    static func text(
        _ name: String,
        standard: String = "",
        isSecret: Bool = false,
        _ help: String,
        check: @escaping @Sendable (String) -> String? = { _ in nil }
    ) -> Setting {
        Setting(
            name,
            standard,
            "expected a text",
            isSecret: isSecret,
            help: help,
            parse: { $0.isEmpty && !standard.isEmpty ? nil : $0 },
            write: { $0 },
            check: check
        )
    }
}

extension Setting where Value == Int {
    static func number(_ name: String, _ standard: Int, _ range: ClosedRange<Int>, _ help: String) -> Setting {
        Setting(
            name,
            standard,
            "expected a number from \(range.lowerBound) to \(range.upperBound)",
            help: help,
            parse: { Int($0).flatMap { range.contains($0) ? $0 : nil } },
            write: { String($0) }
        )
    }

    /// A number of bytes, written with a unit: `16MB`, `10 GB` (powers of 1024).
    static func bytes(_ name: String, _ standard: Int, _ help: String) -> Setting {
        Setting(
            name,
            standard,
            "expected a size such as 16MB or 10GB",
            help: help,
            parse: { ByteSize.parse($0) },
            write: { ByteSize.text($0) }
        )
    }
}

extension Setting where Value == Double {
    static func share(_ name: String, _ standard: Double, _ help: String) -> Setting {
        Setting(
            name,
            standard,
            "expected a number from 0 to 1",
            help: help,
            parse: { Double($0).flatMap { (0...1).contains($0) ? $0 : nil } },
            write: { String($0) }
        )
    }
}

extension Setting where Value == Bool {
    static func flag(_ name: String, _ standard: Bool, _ help: String) -> Setting {
        Setting(
            name,
            standard,
            "expected true or false",
            help: help,
            parse: {
                ["true": true, "yes": true, "1": true, "false": false, "no": false, "0": false][$0.lowercased()]
            },
            write: { $0 ? "true" : "false" }
        )
    }
}

extension Setting where Value == Duration {
    /// A span of time: `250ms`, `30s`, `5m`, `12h`, `7d`; a bare number is seconds.
    static func duration(
        _ name: String,
        _ standard: Duration,
        _ range: ClosedRange<Duration>,
        _ help: String
    ) -> Setting {
        let (least, most) = (TimeSpan.text(range.lowerBound), TimeSpan.text(range.upperBound))
        return Setting(
            name,
            standard,
            "expected a time such as 250ms, 30s, 5m, 12h or 7d, from \(least) to \(most)",
            help: help,
            parse: { TimeSpan.parse($0).flatMap { range.contains($0) ? $0 : nil } },
            write: { TimeSpan.text($0) }
        )
    }
}

extension Setting where Value == [String] {
    /// A list in YAML, or texts with commas between them. `check` says what is wrong with an item.
    static func list(
        _ name: String,
        standard: [String] = [],
        _ help: String,
        check: @escaping @Sendable (_ item: String) -> String? = { _ in nil }
    ) -> Setting {
        Setting(
            name,
            standard,
            "expected a list, with commas between its items",
            help: help,
            parse: { text in
                text.split(separator: ",").map { $0.trimming(while: \.isWhitespace) }.filter { !$0.isEmpty }
            },
            write: { $0.joined(separator: ",") },
            check: { items in items.lazy.compactMap(check).first }
        )
    }
}

extension Setting where Value: CaseIterable & RawRepresentable<String> {
    static func choice(_ name: String, _ standard: Value, _ help: String) -> Setting {
        Setting(
            name,
            standard,
            "expected one of " + Value.allCases.map(\.rawValue).joined(separator: ", "),
            help: help,
            parse: { Value(rawValue: $0.lowercased()) },
            write: { $0.rawValue }
        )
    }
}

extension Substring {
    fileprivate func trimming(while isTrimmed: (Character) -> Bool) -> String {
        var rest = self.drop(while: isTrimmed)
        while let last = rest.last, isTrimmed(last) { rest.removeLast() }
        return String(rest)
    }
}

extension Setting where Value == Set<PriorityClass> {
    /// Classes of jobs, with commas between them; at least one. All of them by default.
    static func classes(_ name: String, _ help: String) -> Setting {
        Setting(
            name,
            Set(PriorityClass.allCases),
            "expected some of critical, high and standard, with commas between them",
            help: help,
            parse: { text in
                let names = text.split(separator: ",").map { $0.trimming(while: \.isWhitespace).uppercased() }
                let classes = names.compactMap(PriorityClass.init(rawValue:))
                return classes.isEmpty || classes.count < names.count ? nil : Set(classes)
            },
            write: { classes in
                PriorityClass.allCases.filter(classes.contains).map { $0.rawValue.lowercased() }.joined(separator: ",")
            }
        )
    }
}

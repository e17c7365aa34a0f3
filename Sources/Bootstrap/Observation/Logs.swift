internal import Foundation
package import Logging

/// The logger of an installation.
package enum Logs {
    package static func logger(_ settings: SettingValues) -> Logger {
        let level = Logger.Level(rawValue: settings(Settings.logLevel).rawValue) ?? .info
        let isJSON =
            switch settings(Settings.logFormat) {
            case .json: true
            case .text: false
            case .auto: isatty(STDERR_FILENO) == 0
            }
        var logger = Logger(label: "dragoman") { label -> any LogHandler in
            guard isJSON else { return StreamLogHandler.standardError(label: label) }
            return JSONLogHandler(label: label, level: level)
        }
        logger.logLevel = level
        return logger
    }
}

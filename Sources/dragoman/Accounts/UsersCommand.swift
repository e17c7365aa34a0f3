import ArgumentParser
import Bootstrap
import Foundation
import Identity

/// `dragoman users`.
struct UsersCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "users",
        abstract: "Makes and looks after accounts.",
        discussion: "Works on the database directly, whether the server runs or not.",
        subcommands: [Add.self, List.self, Disable.self, Enable.self, Password.self, Erase.self]
    )

    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Makes an account.")

        @OptionGroup var settings: SettingOptions
        @Argument(help: "E-mail address.") var email: String
        @Flag(help: "Make an administrator.") var admin = false
        @Option(help: "Tier: free, premium or enterprise.") var tier = Tier.free
        @OptionGroup var password: PasswordOption

        mutating func run() async throws {
            let secret = try password.read("Password for \(email): ")
            let installation = try await Installation.open(try await settings.values())
            let user = try await installation.identity.addUser(
                email: email,
                password: secret,
                role: admin ? .admin : .user,
                tier: tier,
                by: .console
            )
            print("Made the account \(user.email) (\(user.id), tier \(user.tier), role \(user.role.rawValue)).")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the accounts, newest first.")

        @OptionGroup var settings: SettingOptions

        mutating func run() async throws {
            let identity = try await Installation.open(try await settings.values()).identity
            var cursor: ListCursor?
            var count = 0
            repeat {
                let page = try await identity.users(limit: 200, cursor: cursor)
                for user in page.elements {
                    let state = user.isDisabled ? "disabled" : "active"
                    print("\(user.email)\t\(user.id)\t\(user.role.rawValue)\t\(user.tier)\t\(state)")
                }
                count += page.elements.count
                cursor = page.next
            } while cursor != nil
            if count == 0 { FileHandle.standardError.write(Data("There are no accounts.\n".utf8)) }
        }
    }

    struct Disable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Locks an account: its sessions and keys end.")

        @OptionGroup var settings: SettingOptions
        @Argument(help: "E-mail address.") var email: String

        mutating func run() async throws {
            let identity = try await Installation.open(try await settings.values()).identity
            try await identity.setDisabled(true, of: try await identity.user(email: email).id, by: .console)
            print("Disabled \(email).")
        }
    }

    struct Enable: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Opens a locked account again.")

        @OptionGroup var settings: SettingOptions
        @Argument(help: "E-mail address.") var email: String

        mutating func run() async throws {
            let identity = try await Installation.open(try await settings.values()).identity
            try await identity.setDisabled(false, of: try await identity.user(email: email).id, by: .console)
            print("Enabled \(email).")
        }
    }

    struct Password: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "passwd",
            abstract: "Sets an account's password; its sessions end."
        )

        @OptionGroup var settings: SettingOptions
        @Argument(help: "E-mail address.") var email: String
        @OptionGroup var password: PasswordOption

        mutating func run() async throws {
            let secret = try password.read("New password for \(email): ")
            let identity = try await Installation.open(try await settings.values()).identity
            try await identity.setPassword(secret, of: try await identity.user(email: email).id, by: .console)
            print("Changed the password of \(email).")
        }
    }

    struct Erase: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Erases an account with its keys, jobs, notes and remembered segments."
        )

        @OptionGroup var settings: SettingOptions
        @Argument(help: "E-mail address.") var email: String
        @Flag(help: "Do not ask.") var yes = false

        mutating func run() async throws {
            guard yes || Self.confirms("Erase \(email) and everything of theirs, for good? [y/N] ") else {
                throw CommandError(message: "Nothing was erased.", code: CommandFailure.Code.usage)
            }
            try await AccountEraser.erase(email: email, settings: try await settings.values())
            print("Erased \(email).")
        }

        private static func confirms(_ question: String) -> Bool {
            FileHandle.standardError.write(Data(question.utf8))
            return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
        }
    }
}

/// Where a password comes from: a file, or the terminal without showing it, or a line of standard input.
struct PasswordOption: ParsableArguments {
    @Option(name: .customLong("password-file"), help: "File with the password.", completion: .file())
    var file: String?

    func read(_ prompt: String) throws -> String {
        if let file {
            guard let data = FileManager.default.contents(atPath: file), data.count <= 4096 else {
                throw CommandError(message: "'\(file)' cannot be read.", code: CommandFailure.Code.noInput)
            }
            return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
        }
        guard isatty(STDIN_FILENO) == 1 else { return readLine() ?? "" }
        guard let typed = getpass(prompt) else { return "" }
        return String(cString: typed)
    }
}

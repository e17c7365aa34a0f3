internal import Foundation
internal import Identity

/// Makes the administrator's account that the settings name, while there is no account at all.
struct FirstAccount {
    private let settings: SettingValues

    init(_ settings: SettingValues) { self.settings = settings }

    /// - Throws: `ConfigurationError` where the password cannot be read, `IdentityError` where it is no good.
    func make(_ identity: IdentityService) async throws {
        let email = settings(Settings.adminEmail)
        guard !email.isEmpty, try await !identity.hasUsers() else { return }
        let file = settings(Settings.adminPasswordFile)
        guard let data = FileManager.default.contents(atPath: file), data.count <= 4096 else {
            throw ConfigurationError(problems: [
                "admin_password_file '\(file)' cannot be read, expected a file with the password of '\(email)'."
            ])
        }
        let password = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .newlines)
        do {
            _ = try await identity.addUser(
                email: email,
                password: password,
                role: .admin,
                tier: Tier.standard,
                by: .console
            )
        } catch let error as IdentityError where error.code == .conflict {
            // Another process, which was started at the same time, was first.
        }
    }
}

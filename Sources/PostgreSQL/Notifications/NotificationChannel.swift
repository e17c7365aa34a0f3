/// What a name of `LISTEN` and `NOTIFY` stands for in this process. All calls but `takePayloads` come from the
/// listener's thread and must not wait.
protocol NotificationChannel: AnyObject, Sendable {
    /// A fixed name in lower case.
    var name: String { get }

    /// Hands over what waits to be sent, in order; each below `PostgresNotifications.payloadBytes`.
    func takePayloads() -> [String]

    /// What `takePayloads` gave may not have been sent.
    func losePayloads()

    /// Another process has sent something. Anybody who can connect to the database can have sent it.
    func receive(_ payload: String)

    /// Something that others sent may have been missed.
    func markGap()
}

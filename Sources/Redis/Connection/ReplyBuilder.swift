internal import CRedis

/// Makes hiredis' reader build `RedisReply`s, within bounds.
///
/// The reader's own objects make room for as many elements as an array announces, and take any number of them. Here
/// room is made as elements arrive, and a reply that is larger than its budget ends the connection.
final class ReplyBuilder {
    /// A value in the making. hiredis holds the root, arrays hold their elements.
    private final class Node {
        let value: RedisReply
        var elements: [Node]?

        init(_ value: RedisReply, isArray: Bool = false) {
            self.value = value
            elements = isArray ? [] : nil
        }

        /// No deeper than hiredis reads: eight levels.
        var reply: RedisReply { elements.map { .array($0.map(\.reply)) } ?? value }
    }

    /// What an element costs beside its bytes, roughly.
    private static let overhead = 64

    private let budget: Int
    private var left: Int
    private let functions: UnsafeMutablePointer<redisReplyObjectFunctions>

    /// - Parameter budget: bytes of a reply, and 64 for each of its elements.
    init(budget: Int) {
        self.budget = budget
        left = budget
        functions = .allocate(capacity: 1)
        functions.initialize(to: Self.table())
    }

    /// The reader must be gone by then.
    deinit { functions.deallocate() }

    /// Whether a reply was refused because of its size.
    var isSpent: Bool { left < 0 }

    /// Has a reader use this builder, which must outlive it.
    func attach(to reader: UnsafeMutablePointer<redisReader>) {
        reader.pointee.fn = functions
        reader.pointee.privdata = Unmanaged.passUnretained(self).toOpaque()
    }

    /// Takes over what the reader gave.
    func finish(_ object: UnsafeMutableRawPointer) -> RedisReply {
        left = budget
        return Unmanaged<Node>.fromOpaque(object).takeRetainedValue().reply
    }

    /// Hangs a value into its array.
    /// - Returns: what hiredis holds; nil, which it takes for a lack of memory, beyond the budget.
    private func add(_ node: Node, _ bytes: Int, _ task: redisReadTask) -> UnsafeMutableRawPointer? {
        left -= bytes + Self.overhead
        guard left >= 0 else { return nil }
        guard let parent = task.parent?.pointee.obj else { return Unmanaged.passRetained(node).toOpaque() }
        Unmanaged<Node>.fromOpaque(parent).takeUnretainedValue().elements?.append(node)
        return Unmanaged.passUnretained(node).toOpaque()
    }

    // MARK: What hiredis calls

    private static func table() -> redisReplyObjectFunctions {
        var table = redisReplyObjectFunctions()
        table.createString = { task, text, length in
            ReplyBuilder.add(task, Int(clamping: length)) { task in
                ReplyBuilder.value(task.type, UnsafeRawBufferPointer(start: text, count: length))
            }
        }
        table.createArray = { task, _ in ReplyBuilder.add(task, 0, isArray: true) { _ in .null } }
        table.createInteger = { task, number in ReplyBuilder.add(task, 0) { _ in .integer(number) } }
        table.createNil = { task in ReplyBuilder.add(task, 0) { _ in .null } }
        table.freeObject = { object in
            if let object { Unmanaged<Node>.fromOpaque(object).release() }
        }
        credis_refuse_newer_types(&table)
        return table
    }

    private static func add(
        _ task: UnsafePointer<redisReadTask>?,
        _ bytes: Int,
        isArray: Bool = false,
        _ value: (redisReadTask) -> RedisReply
    ) -> UnsafeMutableRawPointer? {
        guard let task = task?.pointee, let builder = task.privdata else { return nil }
        let node = Node(value(task), isArray: isArray)
        return Unmanaged<ReplyBuilder>.fromOpaque(builder).takeUnretainedValue().add(node, bytes, task)
    }

    private static func value(_ type: Int32, _ text: UnsafeRawBufferPointer) -> RedisReply {
        switch type {
        case REDIS_REPLY_STATUS: .status(String(decoding: text.prefix(256), as: UTF8.self))
        case REDIS_REPLY_ERROR: .refusal(RedisReply.code(text))
        default: .bytes([UInt8](text))
        }
    }
}

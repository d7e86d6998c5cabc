namespace Slipway.Store.Logs;

/// <summary>
/// The writing end of one run's log. Two kinds of writers meet here: the controller, whose pieces carry their number in the program's order, and agents, whose bytes carry
/// their offset within the output of their effect. Both may send again what they sent before: each piece is kept once.
/// <para>
/// When the disk refuses a write, everything that waits for it fails with <see cref="StoreFullException"/> or <see cref="StoreUnavailableException"/>, and so does every further
/// call, until <see cref="RecoverAsync"/> has succeeded. What was confirmed is there.
/// </para>
/// </summary>
public interface IRunLogWriter : IAsyncDisposable
{
    /// <summary>The number of the last piece of the controller that the log has taken; zero at first.</summary>
    long LastLine { get; }

    /// <summary>
    /// Adds a piece that the controller writes: complete lines, each ending with a line feed. Pieces come in the order of their numbers; one whose number is not above
    /// <see cref="LastLine"/> is there already and is dropped. It becomes durable soon; <see cref="FlushAsync"/> waits for it. Blocks while more than
    /// <see cref="StoreOptions.LogPendingBytes"/> wait for the disk.
    /// </summary>
    void WriteLog(long line, int flowNode, string text);

    /// <summary>
    /// Adds output of an effect that begins at a byte offset of that effect's output. What the log has already is cut off; bytes are stored as they are. Calls for one effect are
    /// taken in the order in which they are made, without awaiting each other; the bytes must not change until the task completes.
    /// </summary>
    /// <returns>When durable: the offset up to which the log has this effect's output, to be confirmed to the agent. Offered again from there, nothing is lost or doubled.</returns>
    /// <exception cref="LogGapException">It begins behind what the log has.</exception>
    ValueTask<long> AppendAgentOutputAsync(long effect, int flowNode, long offset, ReadOnlyMemory<byte> bytes);

    /// <summary>
    /// As <see cref="AppendAgentOutputAsync"/>, but completes as soon as the bytes are taken: at once, unless too much waits for the disk. They are durable when
    /// <see cref="ConfirmedOffset"/> has reached their end, or after <see cref="FlushAsync"/>. For whoever takes a stream: one sync then serves as much as came meanwhile.
    /// </summary>
    /// <returns>The confirmed offset as it is now; it lags behind what was taken.</returns>
    /// <exception cref="LogGapException">It begins behind what the log has.</exception>
    ValueTask<long> TakeAgentOutputAsync(long effect, int flowNode, long offset, ReadOnlyMemory<byte> bytes);

    /// <summary>Up to where the log durably has the output of an effect: where an agent goes on after a new connection.</summary>
    long ConfirmedOffset(long effect);

    /// <summary>Completes when all that was written before is durable.</summary>
    ValueTask FlushAsync();

    /// <summary>
    /// Marks the log as complete, durably: readers that wait learn that nothing follows. Written before the run's end is journaled; where a crash came between, the log is opened
    /// again, and may even grow again.
    /// </summary>
    ValueTask CompleteAsync();

    /// <summary>After a failed write: tries the disk again, from the last durable byte. Agents go on from their confirmed offsets; pieces of the controller that were not yet
    /// durable are written here in their place.</summary>
    ValueTask RecoverAsync();
}

using Slipway.Model;

namespace Slipway.Store;

/// <summary>The storage failed, or was used against its rules. The message says on which object, why, and what to do.</summary>
public abstract class StoreException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>The disk (or the quota) is full. Nothing of the refused write is kept; what was confirmed before is. The same write may be tried again once there is room.</summary>
public sealed class StoreFullException(string message, Exception? inner = null) : StoreException(message, inner);

/// <summary>The storage cannot be reached, read or written right now (an I/O error, rights, a lost volume or database). An infrastructure failure, never the pipeline's.</summary>
public sealed class StoreUnavailableException(string message, Exception? inner = null) : StoreException(message, inner);

/// <summary>Another server uses the same data.</summary>
public sealed class StoreInUseException(string message, Exception? inner = null) : StoreException(message, inner);

/// <summary>The data was written by a newer version, whose schema this one does not know.</summary>
public sealed class StoreTooNewException(string message) : StoreException(message);

/// <summary>A journal's record is missing, garbled, or of a type that this version does not know. The run cannot go on or be replayed; others are not affected.</summary>
public sealed class JournalCorruptException(RunId run, long sequence, string message, Exception? inner = null) : StoreException(message, inner)
{
    public RunId Run { get; } = run;

    /// <summary>The record that cannot be read.</summary>
    public long Sequence { get; } = sequence;
}

/// <summary>An append to a run that has ended: its terminal state is written once and never reopened.</summary>
public sealed class RunEndedException(RunId run) : StoreException($"Run {run} has ended: its journal takes no further records. A finished run is never reopened; start a new one.")
{
    public RunId Run { get; } = run;
}

/// <summary>A write to a run that does not exist, or no longer does.</summary>
public sealed class RunMissingException(RunId run) : StoreException($"There is no run with the id {run}: it was deleted, or never begun.")
{
    public RunId Run { get; } = run;
}

/// <summary>Output that does not begin where the log stands: bytes between are missing. The sender goes back to <see cref="Expected"/>.</summary>
public sealed class LogGapException(RunId run, long effect, long expected, long offered) : StoreException(
    $"Output of effect {effect} of run {run} was offered from byte {offered}, but the log has it up to byte {expected}. Send from {expected}.")
{
    public RunId Run { get; } = run;

    public long Expected { get; } = expected;
}

/// <summary>A part of a log that was confirmed cannot be read back.</summary>
public sealed class LogCorruptException(RunId run, string message, Exception? inner = null) : StoreException(message, inner)
{
    public RunId Run { get; } = run;
}

/// <summary>A file's path or name within a run that is not allowed.</summary>
public sealed class IllegalPathException(string path, string fault) : StoreException($"The path '{path}' is not allowed: {fault}")
{
    public string Path { get; } = path;
}

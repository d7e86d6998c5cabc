using Slipway.Controller.Agents;
using Slipway.Store;

namespace Slipway.Controller.Runs;

/// <summary>What a failure of the store means for a transfer that met it.</summary>
internal static class TransferFaults
{
    /// <summary>False for what is not the store's: a defect, a refusal, which are told as they are.</summary>
    public static bool AreOurs(Exception fault) => fault is StoreException or IOException or UnauthorizedAccessException;

    public static Exception Translate(Exception fault) => fault switch
    {
        StoreFullException or StoreUnavailableException => new AgentTransferDelayedException(fault.Message, fault),
        IOException or UnauthorizedAccessException => new AgentTransferDelayedException($"The server cannot read or write its data directory: {fault.Message}", fault),
        IllegalPathException => new AgentTransferException(fault.Message, cause: fault),
        StoreException => new AgentTransferException(fault.Message, isInfrastructure: true, fault),
        _ => fault,
    };
}

using Slipway.Feeds;
using Slipway.Model;

namespace Slipway.Api.Access;

/// <summary>Who asks, and what they may do. Until roles come, whoever is logged in (or everybody on an open server) may do everything, and nobody else anything.</summary>
internal sealed record RequestAccess(Identity Identity, Caller Caller, bool IsOpen, string? Crumb) : IRequestAccess
{
    public bool May(Permission permission, JobPath job) => permission == Permission.Anonymous || IsOpen || Identity.Proof != Proof.None;
}

using System.Text.Json.Serialization;

namespace Slipway.Model;

/// <summary>Why a run was asked for. <see cref="Description"/> is what Jenkins' users read as <c>shortDescription</c>.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(UserCause), "user")]
[JsonDerivedType(typeof(RemoteCause), "remote")]
[JsonDerivedType(typeof(UpstreamCause), "upstream")]
public abstract record RunCause
{
    [JsonIgnore]
    public abstract string Description { get; }
}

public sealed record UserCause(string UserId, string UserName) : RunCause
{
    public override string Description => $"Started by user {UserName}";
}

public sealed record RemoteCause(string Host, string? Note) : RunCause
{
    public override string Description => $"Started by remote host {Host}" + (string.IsNullOrEmpty(Note) ? "" : $" with note: {Note}");
}

/// <param name="Effect">The <c>build</c> step's effect in that run; with it the step finds after a restart what it started.</param>
public sealed record UpstreamCause(string Job, int Number, RunId Run, long Effect = 0) : RunCause
{
    public override string Description => $"Started by upstream project \"{Job}\" build number {Number}";
}

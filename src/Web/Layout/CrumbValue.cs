namespace Slipway.Web.Layout;

/// <summary>What the forms of a page carry against forged requests; null in fragments and on open servers.</summary>
public sealed record CrumbValue(string? Value);

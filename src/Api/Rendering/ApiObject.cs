namespace Slipway.Api.Rendering;

/// <summary>
/// An object of the remote API before it is cut to what was asked for. Built from views, rendered as JSON or XML. A value is null, a bool, a number, a text, an object, a list of these,
/// or a function that gives one: what is dear to find is found only when it is shown.
/// </summary>
/// <param name="Class">Jenkins' class name, which clients tell things apart by; null where Jenkins gives none, because the place says it.</param>
/// <param name="XmlName">The element's name in XML where the object is what was asked for.</param>
internal sealed record ApiObject(string? Class, string XmlName, IReadOnlyList<ApiProperty> Properties);

/// <param name="Visibility">
/// As Stapler's <c>@Exported(visibility)</c>: 1 is shown of the object that was asked for, 2 also of objects that it refers to, 3 also of those they refer to. <c>depth=n</c> shows n more
/// levels. <see cref="OnlyByName"/>: shown where <c>tree</c> names it, at no depth.
/// </param>
internal sealed record ApiProperty(string Name, object? Value, int Visibility = 1)
{
    public const int OnlyByName = int.MinValue;
}

internal delegate ValueTask<object?> LazyValue(CancellationToken cancellation);

/// <summary>A list that is read as far as it is shown: from one index to another, its end not included.</summary>
internal delegate ValueTask<IReadOnlyList<object?>> LazyList(TreeRange range, CancellationToken cancellation);

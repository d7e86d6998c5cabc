using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Slipway.Feeds;

namespace Slipway.Api.Routing;

/// <summary>Bodies of requests: forms and texts, within the server's limit for bodies. What cannot be read is the sender's fault (400), never the server's.</summary>
internal static class RequestBody
{
    private const int LargestUntypedForm = 64 * 1024;

    /// <summary>The form; empty where the body is something else. A small body without a type is taken for a form: some clients send theirs so.</summary>
    /// <exception cref="BadHttpRequestException">The form is garbled or too large.</exception>
    public static async Task<IFormCollection> ReadFormAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.HasFormContentType)
        {
            try
            {
                return await request.ReadFormAsync(context.RequestAborted);
            }
            catch (Exception fault) when (fault is InvalidDataException or IOException and not BadHttpRequestException)
            {
                throw new BadHttpRequestException($"The form cannot be read: {fault.Message}", StatusCodes.Status400BadRequest, fault);
            }
        }

        return request.ContentType is null && request.ContentLength is > 0 and <= LargestUntypedForm ? await ReadUntypedAsync(context) : FormCollection.Empty;
    }

    /// <summary>The crumb in the form, and the body as it was: an endpoint that reads the body as text still finds it whole.</summary>
    public static async Task<string> ReadCrumbAsync(HttpContext context)
    {
        if (!context.Request.HasFormContentType)
        {
            return "";
        }

        context.Request.EnableBuffering();
        var crumb = (await ReadFormAsync(context))[Crumbs.Field].ToString();
        context.Request.Body.Position = 0;
        return crumb;
    }

    /// <summary>A value from the query, or else from the form; null where neither has it.</summary>
    public static async Task<string?> ReadValueAsync(HttpContext context, string name)
    {
        if (context.Request.Query.TryGetValue(name, out var value))
        {
            return value;
        }

        return (await ReadFormAsync(context)).TryGetValue(name, out var field) ? field.ToString() : null;
    }

    /// <summary>The body as text, in the encoding that its type names, else UTF-8.</summary>
    public static async Task<string> ReadTextAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body, EncodingOf(context.Request), detectEncodingFromByteOrderMarks: true);
        return await reader.ReadToEndAsync(context.RequestAborted);
    }

    private static async Task<IFormCollection> ReadUntypedAsync(HttpContext context)
    {
        if (context.Features.Get<UntypedForm>() is { } read)
        {
            return read.Form;
        }

        var form = new FormCollection(QueryHelpers.ParseQuery(await ReadTextAsync(context)));
        context.Features.Set(new UntypedForm(form));
        return form;
    }

    private static Encoding EncodingOf(HttpRequest request)
    {
        if (request.GetTypedHeaders().ContentType?.Charset.Value?.Trim('"') is not { Length: > 0 } charset)
        {
            return Encoding.UTF8;
        }

        try
        {
            return Encoding.GetEncoding(charset);
        }
        catch (ArgumentException fault)
        {
            throw new BadHttpRequestException($"The body's charset '{charset}' is not known. Send it as UTF-8.", StatusCodes.Status415UnsupportedMediaType, fault);
        }
    }

    private sealed record UntypedForm(IFormCollection Form);
}

using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using Slipway.Api.Routing;
using Slipway.Api.Tests.Testing;
using Slipway.Store;

namespace Slipway.Api.Tests.Routing;

public sealed class ErrorTests(OpenServer server)
{
    [Theory]
    [InlineData(33 * 1024 * 1024)]
    [InlineData(150 * 1024 * 1024)]
    public async Task A_client_that_sends_all_of_a_large_body_before_it_reads_sees_the_413(int length)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync(server.Url.Host, server.Url.Port, TestContext.Current.CancellationToken);
        var stream = tcp.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"POST /createItem?name=large HTTP/1.1\r\nHost: {server.Url.Authority}\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n\r\n"), TestContext.Current.CancellationToken);
        await stream.WriteAsync(new byte[length], TestContext.Current.CancellationToken);

        using var reader = new StreamReader(stream);

        Assert.Equal("HTTP/1.1 413 Payload Too Large", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_body_that_is_too_large_is_refused_with_413()
    {
        using var client = server.NewClient();
        client.Headers.ExpectContinue = true;
        Assert.Contains("32 MiB", await ApiClient.RefusalAsync(HttpStatusCode.RequestEntityTooLarge, client.PostAsync("createItem?name=large", new ByteArrayContent(new byte[33 * 1024 * 1024]))));
    }

    [Fact]
    public async Task A_configuration_that_is_too_large_is_refused_with_its_limit()
    {
        using var client = server.NewClient();
        var xml = JobXml.Pipeline(new string('x', 9 * 1024 * 1024));
        Assert.Contains("at most 8388608", await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, client.PostXmlAsync("createItem?name=large", xml)));
    }

    [Fact]
    public async Task A_garbled_form_is_the_sender_s_fault()
    {
        using var client = server.NewClient();
        var content = new ByteArrayContent("nonsense"u8.ToArray());
        content.Headers.TryAddWithoutValidation("Content-Type", "multipart/form-data; boundary=x");
        await ApiClient.RefusalAsync(HttpStatusCode.BadRequest, client.PostAsync("createItem?name=x", content));
        var strange = new ByteArrayContent("x"u8.ToArray());
        strange.Headers.TryAddWithoutValidation("Content-Type", "text/xml; charset=klingon");
        Assert.Contains("klingon", await ApiClient.RefusalAsync(HttpStatusCode.UnsupportedMediaType, client.PostAsync("createItem?name=x", strange)));
    }

    [Theory]
    [InlineData("job/a/1/artifact/../../../x.db")]
    [InlineData("job/a/1/artifact/%2e%2e/%2E%2E/x.db")]
    [InlineData("job/a/./1/../../b/")]
    [InlineData("job/a/..%2f..%2fetc/")]
    [InlineData("job/a%00b/")]
    public async Task A_path_with_dots_names_what_it_leads_to_and_nothing_else(string path)
    {
        using var client = server.NewClient();
        var url = new Uri(client.Url + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        using var answer = await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, url));
        Assert.True(answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest, answer.StatusCode.ToString());
    }

    [Theory]
    [InlineData(typeof(InvalidOperationException), 500, "incident the-id")]
    [InlineData(typeof(StoreFullException), 507, "disk is full")]
    [InlineData(typeof(StoreUnavailableException), 503, "storage does not answer")]
    public async Task What_fails_inside_is_told_by_its_kind_and_an_incident_and_nothing_else(Type type, int status, string said)
    {
        const string Secret = "secret path /data/x";
        var fault = type == typeof(InvalidOperationException) ? new InvalidOperationException(Secret) : (Exception)Activator.CreateInstance(type, Secret, null)!;
        var context = new DefaultHttpContext { TraceIdentifier = "the-id" };
        context.Response.Body = new MemoryStream();
        context.Response.Headers.ContentLength = 5;
        await new ErrorBoundary(_ => throw fault, NullLogger<ErrorBoundary>.Instance).InvokeAsync(context);
        var body = Encoding.UTF8.GetString(((MemoryStream)context.Response.Body).ToArray());
        Assert.Equal(status, context.Response.StatusCode);
        Assert.Contains(said, body);
        Assert.Contains("incident the-id", body);
        Assert.DoesNotContain("secret", body);
        Assert.DoesNotContain(" at ", body);
        Assert.Null(context.Response.Headers.ContentLength);
    }
}
